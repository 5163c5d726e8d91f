"""How orders are routed: `[routing]`, `[learning]` and `[[curve]]` as a person types them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from engine.core.learning import Learn
from engine.core.placing import Rules
from engine.market.scorecards import HORIZONS
from engine.routing.tactics import Prices
from sessions.fields import Number, Symbol, Table, TimeOfDay, Whole

Seconds = Annotated[Number, Field(gt=0, le=86_400)]
Fraction = Annotated[Decimal, Field(ge=0, lt=1)]
SECOND = 1_000_000_000
_HORIZONS = {horizon / SECOND: horizon for horizon in HORIZONS}


class RoutingConfig(Table):
    """`ack_timeout` in seconds; `chained` requests of one order may be pending together; `day_start` in UTC, when the
    DayCumQty(425) of GTC orders begins anew. `where` is the tactic of orders that ask for none.

    The rest is for `where = "placement"`: the seconds an order waits in a queue, and as fractions of the price what is
    lost for each unit sent (`impact`), not filled (`under`) and filled too much (`over`).
    """

    max_attempts: Annotated[Whole, Field(ge=1, le=100)] = 4
    ack_timeout: Annotated[Number, Field(gt=0, le=3600)] = 5.0
    chained: Annotated[Whole, Field(ge=1, le=100)] = 4
    day_start: TimeOfDay = dt.time()
    where: Literal["smart", "placement", "dark", "ranking", "weights"] = "smart"
    horizon: Seconds = 60.0
    impact: Annotated[Decimal, Field(gt=0, lt=1)] = Prices().impact
    under: Fraction = Prices().under
    over: Fraction = Prices().over

    def rules(self, cancel_on_disconnect: frozenset[str]) -> Rules:
        start = self.day_start
        return Rules(
            max_attempts=self.max_attempts,
            ack_timeout=int(self.ack_timeout * SECOND),
            chained=self.chained,
            day_start=((start.hour * 60 + start.minute) * 60 + start.second) * SECOND,
            cancel_on_disconnect=cancel_on_disconnect,
            where=self.where,
            prices=Prices(self.impact, self.under, self.over),
            horizon=int(self.horizon * SECOND),
        )


class LearningConfig(Table):
    """What routing learns from fills, see `engine.core.learning.Learn`. Times in seconds.

    `horizon`: after how long a markout counts. `rebate` and `step` are fractions of the price, `fill_low`, `fill_high`
    multipliers of a venue's weight, `reject_max` a share of orders.
    """

    on: bool = False
    half_life: Seconds = 3600.0
    horizon: Number = 5.0
    pseudo: Annotated[Whole, Field(ge=1, le=100_000)] = 50
    period: Annotated[Number, Field(ge=10, le=86_400)] = 300.0
    rebate: Fraction = Learn().rebate
    step: Fraction = Learn().step
    fill_low: Annotated[Decimal, Field(gt=0, le=1)] = Learn().fill_low
    fill_high: Annotated[Decimal, Field(ge=1, le=10)] = Learn().fill_high
    reject_max: Annotated[Decimal, Field(gt=0, le=1)] = Learn().reject_max
    min_samples: Annotated[Whole, Field(ge=1, le=100_000)] = 50

    @field_validator("horizon")
    @classmethod
    def _measured(cls, horizon: float) -> float:
        if horizon not in _HORIZONS:
            raise ValueError(f"is not measured; take one of {', '.join(f'{each:g}' for each in _HORIZONS)}")
        return horizon

    def learn(self) -> Learn:
        return Learn(
            on=self.on,
            half_life=int(self.half_life * SECOND),
            horizon=_HORIZONS[self.horizon],
            pseudo=self.pseudo,
            period=int(self.period * SECOND),
            rebate=self.rebate,
            step=self.step,
            fill_low=self.fill_low,
            fill_high=self.fill_high,
            reject_max=self.reject_max,
            min_samples=self.min_samples,
        )


class CurveConfig(Table):
    """The volume curve of an instrument: a CSV file, see `sessions.curves`."""

    symbol: Symbol
    path: Path
