"""How fast to trade when waiting is a risk and haste has a price: Almgren & Chriss, "Optimal execution of portfolio
transactions", Journal of Risk 3 (2001), with linear impact.

All in floats: what comes out is a shape, and rounding it to quantities is done where it is released.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple


class Trajectory(NamedTuple):
    """`holdings` are x_0 = total, …, x_N = 0: what is still to be traded after each step.

    `kappa` is how fast they fall, per unit of time. `expected` is the mean of the cost and `variance` its variance, in
    money and money squared.
    """

    holdings: tuple[float, ...]
    kappa: float
    expected: float
    variance: float


def holdings(
    total: float,
    horizon: float,
    steps: int,
    volatility: float,
    temporary: float,
    permanent: float,
    fixed: float,
    risk_aversion: float,
) -> Trajectory:
    """The trajectory that makes expected + risk_aversion x variance least.

    `total` X in units, `horizon` T in any unit of time, cut into `steps` N of length tau; `volatility` of the price per
    √time, `temporary` impact in price per (unit per time), `permanent` impact in price per unit, `fixed` cost in price
    per unit, `risk_aversion` per unit of money. With impact = temporary - permanent·tau/2:

        kappa = arccosh(1 + risk_aversion·volatility²·tau²/(2·impact))/tau
        x_j = X·sinh(kappa·(T - j·tau))/sinh(kappa·T)
        expected = permanent·X²/2 + fixed·X + (impact/tau)·∑(x_{j-1} - x_j)²
        variance = volatility²·tau·∑x_j²

    ValueError where the model has no answer: X, T, N or impact not above 0, risk_aversion below.
    """
    if not (total > 0 and horizon > 0 and steps > 0 and risk_aversion >= 0):
        raise ValueError("total, horizon and steps must be above 0, risk_aversion not below")
    tau = horizon / steps
    impact = temporary - permanent * tau / 2
    if not impact > 0:
        raise ValueError(f"temporary must be above permanent x horizon / steps / 2, not {temporary:g}: take more steps")
    # arccosh(1 + y) loses all digits of a small y; it is 2·arcsinh(√(y/2)), and that root needs no square.
    bend = 2 * math.asinh(volatility * tau * math.sqrt(risk_aversion / impact) / 2)
    left = tuple(total * _share(bend, steps - step, steps) for step in range(steps + 1))
    traded = math.fsum((before - after) ** 2 for before, after in pairwise(left))
    return Trajectory(
        holdings=left,
        kappa=bend / tau,
        expected=permanent * total**2 / 2 + fixed * total + impact / tau * traded,
        variance=volatility**2 * tau * math.fsum(held**2 for held in left[1:]),
    )


def _share(bend: float, left: int, steps: int) -> float:
    """sinh(bend·left)/sinh(bend·steps), without the sinh of anything large; left/steps where nothing bends."""
    if not bend:
        return left / steps
    return math.exp(bend * (left - steps)) * math.expm1(-2 * bend * left) / math.expm1(-2 * bend * steps)
