from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from sessions.config import BookConfig, EngineConfig, SimulatorConfig, load
from sessions.demo.config import SYMBOLS, VENUES, engine_toml, venue_toml


def test_the_three_venues_speak_three_versions_and_trade_in_three_lots() -> None:
    assert [(venue.dialect, venue.lot) for venue in VENUES] == [("FIX.4.2", 1), ("FIX.4.4", 10), ("FIX.5.0SP2", 100)]


def test_a_venue_can_be_simulated_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "venue.toml"
    path.write_text(venue_toml(VENUES[1], seed=7), encoding="utf-8")
    assert load(path, SimulatorConfig) == SimulatorConfig(
        name="BETA",
        dialect="FIX.4.4",
        sender="BETA",
        target="MANIFOLD",
        port=0,
        seed=7,
        latency=2.0,
        fills=Path("fills-beta.csv"),
        instrument=[
            BookConfig(symbol=symbol, mid=mid, tick=Decimal("0.01"), lot=Decimal(10), levels=8, size=Decimal(400))
            for symbol, mid in SYMBOLS.items()
        ],
    )


def test_the_engine_knows_each_venue_as_the_venue_knows_itself(tmp_path: Path) -> None:
    path = tmp_path / "engine.toml"
    ports = {venue.name: 9881 + number for number, venue in enumerate(VENUES)}
    path.write_text(engine_toml(ports, listen=9880, store="s.db"), encoding="utf-8")
    engine = load(path, EngineConfig)
    assert (engine.listen.port, engine.store.url) == (9880, "s.db")
    assert [session.name for session in (*engine.oms, *engine.drop_copy)] == ["OMS", "COMPLIANCE"]
    for venue, session in zip(VENUES, engine.venue, strict=True):
        (tmp_path / "venue.toml").write_text(venue_toml(venue, seed=1), encoding="utf-8")
        simulated = load(tmp_path / "venue.toml", SimulatorConfig)
        assert (session.name, session.dialect, session.port) == (simulated.name, simulated.dialect, ports[venue.name])
        assert (session.sender, session.target) == (simulated.target, simulated.sender)
        listed = {symbol: (listing.symbol, listing.lot) for symbol, listing in session.instruments.items()}
        assert listed == {book.symbol: (book.symbol, book.lot) for book in simulated.instrument}
