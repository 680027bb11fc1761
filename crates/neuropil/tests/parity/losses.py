"""Losses: the loss of each row, the reduced value, its gradient."""

import losses_binary
import losses_classes
import losses_values
from golden import Family

family = Family("losses")
losses_values.cases(family)
losses_binary.cases(family)
losses_classes.cases(family)
family.write()
