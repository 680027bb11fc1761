"""Checkpoints: PyTorch's file for Neuropil, and what Neuropil's files give in PyTorch."""

import json

from golden import F, FOLDER, Family, nn, spread, torch, write
from safetensors import safe_open
from safetensors.torch import load_file, save

family = Family("checkpoints")
X = spread(5, 4, low=-2, high=2)


IMAGES = spread(3, 1, 12, 10, low=-2, high=2)


def module():
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def module_with_states():
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 3))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, (3, 2)),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(24, 7),
        nn.ReLU(),
        nn.Linear(7, 3),
    )


class Layers(nn.Sequential):
    """One after the other; of a recurrent layer its output goes on, and not its states."""

    def forward(self, x):
        for layer in self:
            x = layer(x)
            x = x[0] if isinstance(x, tuple) else x
        return x


def lstm():
    return Layers(nn.LSTM(3, 5, num_layers=2, bidirectional=True, proj_size=2, batch_first=True))


def gru():
    return Layers(nn.GRU(3, 5, batch_first=True))


def tagger():
    return Layers(nn.Embedding(7, 4), nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 3))


SEQUENCES = spread(3, 4, 3, low=-2, high=2)
TOKENS = torch.tensor([[0, 6, 3, 1], [5, 5, 2, 4]])


def outputs(name, weights, net, x):
    """A case: the outputs of inference with these weights, in float64."""
    net.load_state_dict(weights, strict=True)
    family.case(name, "outputs", given={"x": x}, expected={"y": net.double().eval()(x)})


def file(name):
    return FOLDER / "checkpoints" / f"{name}.safetensors"


RECURRENT = [("lstm", lstm, SEQUENCES), ("gru", gru, SEQUENCES), ("tagger", tagger, TOKENS)]


# Theirs: weights alone, in float32, as most files are.
def with_known_weights(net):
    for i, weight in enumerate(net.parameters()):
        weight.data = spread(*weight.shape, low=-1, high=1, start=60 + i).float()
    return net


for name, make, x in [("pytorch", module, X), ("pytorch-lenet", lenet, IMAGES)] + [
    (f"pytorch-{name}", make, x) for name, make, x in RECURRENT
]:
    write(file(name), save(with_known_weights(make().float()).state_dict()))
    outputs(name, load_file(file(name)), make(), x)

# Ours.
outputs("neuropil", load_file(file("neuropil")), module(), X)
outputs("neuropil-lenet", load_file(file("neuropil-lenet")), lenet(), IMAGES)
for name, make, x in RECURRENT:
    outputs(f"neuropil-{name}", load_file(file(f"neuropil-{name}")), make(), x)

# With states, an integer among them: theirs after three batches, and ours.
theirs = with_known_weights(module_with_states().float())
for i in range(3):
    theirs(spread(8, 4, start=i).float())
assert theirs.state_dict()["1.num_batches_tracked"].dtype == torch.int64
write(file("pytorch-states"), save(theirs.state_dict()))
for name in ("pytorch-states", "neuropil-states"):
    outputs(name, load_file(file(name)), module_with_states(), X)

# Ours in the middle of a training: the moments go to Adam under PyTorch's names.
tensors = load_file(file("neuropil-run"))
with safe_open(file("neuropil-run"), "pt") as opened:
    run = json.loads(opened.metadata()["neuropil.run"])
assert run["optimizers"] == ["Adam"], run
net = module()
net.load_state_dict(
    {k: v for k, v in tensors.items() if not k.startswith("optimizer.")}, strict=True
)
net.double()
adam = torch.optim.Adam(net.parameters(), lr=0.05)
for path, weight in net.named_parameters():
    moments = {
        slot: tensors.pop(f"optimizer.{slot}.{path}").double() for slot in ("exp_avg", "exp_avg_sq")
    }
    adam.state[weight] = moments | {"step": torch.tensor(float(run["updates"]))}
assert not any(name.startswith("optimizer.") for name in tensors), "a slot that Adam has not taken"

labels = torch.tensor([0, 1, 2, 1, 0])
costs = []
for _ in range(5):
    adam.zero_grad()
    cost = F.cross_entropy(net(X), labels)
    cost.backward()
    adam.step()
    costs.append(cost.item())
weights = {f"weight {path}": value for path, value in net.state_dict().items()}
family.case(
    "neuropil-run",
    "five more steps",
    given={"x": X, "labels": labels},
    expected={"costs": costs} | weights,
)

family.write()
