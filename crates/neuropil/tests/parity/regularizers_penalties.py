"""Penalties beyond plain squares, by whole tensors and by units, and their proximal steps."""

from golden import F, spread, torch


def members(family):
    """Adds the cases of this part."""

    def penalty(name, label, w, function, **settings):
        w = w.clone().requires_grad_()
        value = function(w)
        value.backward()
        family.case(
            name,
            f"{label}, {settings}",
            settings=settings,
            given={"w": w.detach().flatten()},
            expected={"penalty": value, "dw": w.grad.flatten()},
        )

    def step(name, label, w, shrunk, **settings):
        family.case(
            name,
            f"a step, {label}, {settings}",
            settings=settings,
            given={"w": w.flatten()},
            expected={"shrunk": shrunk.flatten()},
        )

    whole = lambda w: {"outer": 1, "count": 1, "inner": w.numel()}  # noqa: E731
    # PyTorch takes the sign of NaN as 0; ours stays NaN.
    edges = torch.tensor([0.0, -0.0, 1.0, -2.0, 0.25, -0.25, float("inf"), float("nan")])
    for label, w in [("a matrix", spread(3, 7)), ("zeros", edges[:6]), ("beyond", edges[:7])]:
        penalty("L1", label, w, lambda w: 0.25 * w.abs().sum(), **{"lambda": 0.25} | whole(w))
        penalty(
            "ElasticNet",
            label,
            w,
            lambda w: 0.25 * w.abs().sum() + 0.5 / 2 * (w**2).sum(),
            **{"l1": 0.25, "l2": 0.5} | whole(w),
        )
        # A threshold of 0.5 · 0.5, on which some of the numbers lie.
        w = torch.cat([w.flatten(), torch.tensor([float("nan")])])
        soft = F.softshrink(w, 0.25)
        step("L1", label, w, soft, **{"lambda": 0.5, "rate": 0.5} | whole(w))
        step("ElasticNet", label, w, soft / 1.5, **{"l1": 0.5, "l2": 1.0, "rate": 0.5} | whole(w))
        step("L2", label, w, w / 1.25, **{"lambda": 0.5, "rate": 0.5} | whole(w))

    # Arrays [outer, count, inner], whose middle axis counts the units.
    for outer, count, inner in [(1, 4, 6), (6, 4, 1), (1, 9, 2), (9, 2, 1), (2, 3, 4), (3, 20, 1)]:
        shape = {"outer": outer, "count": count, "inner": inner}
        w = spread(outer, count, inner, low=-1, high=1, start=outer)
        w[:, -1] = 0.0  # a unit without weights
        units = lambda w: w.transpose(0, 1).flatten(1)  # noqa: E731
        width = outer * inner

        def lasso(w):
            squares = (units(w) ** 2).sum(1)
            # The gradient of a norm at zero is taken as zero.
            norms = torch.where(squares > 0, squares, 1).sqrt() * (squares > 0)
            return 0.5 * width**0.5 * norms.sum()

        def orthogonal(w):
            u = units(w) if outer == 1 or inner > 1 or count <= outer else w.squeeze(2)
            u = u.T if outer == 1 and count > inner else u
            return 0.25 * ((u @ u.T - torch.eye(len(u))) ** 2).sum()

        penalty("GroupLasso", f"{shape}", w, lasso, **{"lambda": 0.5} | shape)
        penalty("Orthogonal", f"{shape}", w, orthogonal, **{"lambda": 0.25} | shape)
        norms = units(w).norm(dim=1)
        factors = (1 - 0.25 * width**0.5 / norms.clamp(min=1e-9)).clamp(min=0)
        step(
            "GroupLasso",
            f"{shape}",
            w,
            w * factors[None, :, None],
            **{"lambda": 0.5, "rate": 0.5} | shape,
        )
