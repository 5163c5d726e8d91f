"""`manifold submit`: what it sends, prints and exits with. The counterparty is a raw socket that the test speaks for."""

from __future__ import annotations

import io
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from sessions.demo.processes import Process, start
from sessions.oms import submit
from sessions.oms.submit import SubmitError, submit_orders
from tests.wire.foreign import Venue
from tests.world import PATIENCE, free_port

IDS = ("FIX.4.4", "OMS", "MANIFOLD")
HEADER = "ClOrdID,Symbol,Side,OrderQty,OrdType,Price,Action,OrigClOrdID\n"


def csv_of(folder: Path, *cl_ord_ids: str, requests: tuple[str, ...] = ()) -> Path:
    path = folder / "orders.csv"
    rows = [f"{each},ACME,BUY,300,LIMIT,10.5" for each in cl_ord_ids]
    path.write_text(HEADER + "".join(f"{row}\n" for row in (*rows, *requests)))
    return path


@pytest.fixture
def _signals() -> Iterator[None]:
    """What the code under test does with SIGINT and SIGTERM ends with the test."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


# -- nothing can be sent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connect", "ids", "said"),
    [
        ("engine", IDS, "--connect 'engine' is not HOST:PORT, such as 127.0.0.1:9880"),
        (":9880", IDS, "--connect ':9880' is not HOST:PORT, such as 127.0.0.1:9880"),
        ("127.0.0.1:0", IDS, "--connect '127.0.0.1:0' is not HOST:PORT, such as 127.0.0.1:9880"),
        ("127.0.0.1:65536", IDS, "--connect '127.0.0.1:65536' is not HOST:PORT, such as 127.0.0.1:9880"),
        ("127.0.0.1:\u0661", IDS, "--connect '127.0.0.1:\u0661' is not HOST:PORT, such as 127.0.0.1:9880"),
        (
            "127.0.0.1:1",
            ("FIX.4.9", "OMS", "MANIFOLD"),
            "--dialect 'FIX.4.9' is not known; it is one of FIX.4.2, FIX.4.4, FIX.5.0SP2",
        ),
        (
            "127.0.0.1:1",
            ("FIX.4.4", "O MS", "MANIFOLD"),
            "--sender 'O MS' is no CompID: printable ASCII characters without spaces",
        ),
        (
            "127.0.0.1:1",
            ("FIX.4.4", "OMS", ""),
            "--target '' is no CompID: printable ASCII characters without spaces",
        ),
    ],
)
def test_a_wrong_option_is_told_with_its_value_before_anything_is_opened(
    tmp_path: Path, connect: str, ids: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(SubmitError) as caught:
        submit_orders(Console(file=io.StringIO()), tmp_path / "none.csv", connect, ids, 1.0)
    assert (str(caught.value), caught.value.code) == (said, 2)


def test_a_host_nobody_knows_is_wrong_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SubmitError) as caught:
        submit_orders(Console(file=io.StringIO()), csv_of(tmp_path, "A"), "nowhere.example:9880", IDS, 1.0)
    assert (str(caught.value), caught.value.code) == (
        "--connect 'nowhere.example:9880': Name or service not known; is the host right?",
        2,
    )


@pytest.mark.wire
@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("listens", [False, True])
def test_nobody_there_and_somebody_silent_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listens: bool
) -> None:
    monkeypatch.setattr(submit, "LOGON_PATIENCE", 0.5)
    monkeypatch.setattr(submit, "NOTICE", 0.0)
    out = Console(file=io.StringIO(), soft_wrap=True)
    port = free_port()
    silent = socket.create_server(("127.0.0.1", port)) if listens else None
    try:
        with pytest.raises(SubmitError) as caught:
            submit_orders(out, csv_of(tmp_path, "A"), f"127.0.0.1:{port}", IDS, 1.0)
    finally:
        if silent is not None:
            silent.close()
    why = (
        "somebody listens there and does not answer; is it a FIX engine, and are the CompIDs right?"
        if listens
        else "nothing listens there (Connection refused); does the engine run, and is the port right?"
    )
    assert (str(caught.value), caught.value.code) == (f"127.0.0.1:{port}: no Logon(A) in 0.5 s; {why}", 3)
    assert isinstance(out.file, io.StringIO)
    assert out.file.getvalue() == f"127.0.0.1:{port}: no answer yet, trying for 0.5 s\n"


# -- the command as a process ------------------------------------------------------------------------------------------


class Submitted:
    """`manifold submit` as a process, and its counterparty."""

    def __init__(self, orders: Path, timeout: float) -> None:
        self.engine = Venue("FIX.4.4", "ENGINE", resets=True)
        arguments = ["submit", str(orders), "--connect", f"127.0.0.1:{self.engine.port}"]
        arguments += ["--sender", "MANIFOLD", "--target", "ENGINE", "--timeout", str(timeout)]
        self.process: Process = start("submit", arguments, orders.parent)

    def logs_on(self) -> None:
        self.engine.accepts()
        self.engine.answers_logon()

    def says_nothing_more(self) -> None:
        """It answers a TestRequest(1) when it reads, and whatever it would send by itself had left before."""
        self.engine.says("1", "112=Q")
        assert self.engine.anything()[35] == "0"

    def ends(self) -> tuple[int, list[str]]:
        """Exit code, and what was printed without times of day."""
        code = self.process.popen.wait(PATIENCE)
        self.process.reader.join()
        printed = self.process.log.read_text(encoding="utf-8").splitlines()
        return code, [re.sub(r"^\d\d:\d\d:\d\d\.\d{3} ", "", line) for line in printed]


@contextmanager
def submitted(
    folder: Path, *cl_ord_ids: str, requests: tuple[str, ...] = (), timeout: float = PATIENCE
) -> Iterator[Submitted]:
    made = Submitted(csv_of(folder, *cl_ord_ids, requests=requests), timeout)
    try:
        yield made
    finally:
        made.engine.closes()
        made.process.stop()


@pytest.mark.wire
def test_orders_that_end_are_printed_as_they_go_and_the_exit_code_is_0(tmp_path: Path) -> None:
    with submitted(tmp_path, "A", "B") as run:
        run.logs_on()
        first, second = run.engine.hears("D", "11=A|54=1|38=300|40=2|44=10.5"), run.engine.hears("D", "11=B")
        run.engine.acknowledges(first)
        run.engine.fills(first, "100", "10")
        run.engine.fills(first, "200", "10.25")
        run.engine.rejects(second, "not today")
        assert run.ends() == (
            0,
            [
                "A NEW, CumQty 0, LeavesQty 300, AvgPx 0",
                "A TRADE: PARTIALLY_FILLED 100 @ 10, CumQty 100, LeavesQty 200, AvgPx 0",
                "A TRADE: FILLED 200 @ 10.25, CumQty 300, LeavesQty 0, AvgPx 0",
                "B REJECTED, CumQty 0, LeavesQty 0, AvgPx 0: not today",
                "2 orders: 1 FILLED, 1 REJECTED",
            ],
        )


@pytest.mark.wire
def test_a_refused_message_does_not_stop_the_others_and_the_exit_code_is_1(tmp_path: Path) -> None:
    with submitted(tmp_path, "A", "B", "C") as run:
        run.logs_on()
        first, second, third = (run.engine.hears("D") for _ in range(3))
        run.engine.says("3", f"45={first.number}|372=D|58=not like this")
        run.engine.acknowledges(third)
        run.engine.says("j", f"45={second.number}|372=D|380=3|58=not here")
        run.engine.fills(third, "300", "10")
        assert run.ends() == (
            1,
            [
                "C NEW, CumQty 0, LeavesQty 300, AvgPx 0",
                "C TRADE: FILLED 300 @ 10, CumQty 300, LeavesQty 0, AvgPx 0",
                "refused: A: not like this",
                "refused: B: not here",
                "3 orders: 1 FILLED, 2 refused",
            ],
        )


@pytest.mark.wire
def test_requests_wait_for_what_they_are_about_and_a_rejected_one_is_an_answer(tmp_path: Path) -> None:
    requests = ("A-1,,,400,,,REPLACE,A", "A-2,,,,,9,REPLACE,A-1", "B,ACME,BUY,300,LIMIT,10.5,,", "B-1,,,,,,CANCEL,B")
    with submitted(tmp_path, "A", requests=requests) as run:
        run.logs_on()
        first = run.engine.hears("D", "11=A")
        run.says_nothing_more()
        run.engine.acknowledges(first)
        run.engine.hears("G", "11=A-1|41=A|55=ACME|54=1|38=400|40=2|44=10.5|59=0")
        run.engine.reports(first, "E", "E", "11=A-1|41=A")
        run.says_nothing_more()
        run.engine.reports(first, "5", "0", "11=A-1|41=A|38=400|151=400")
        run.engine.hears("G", "11=A-2|41=A-1|38=400|44=9")
        second = run.engine.hears("D", "11=B")
        run.engine.says("9", "37=E-A|11=A-2|41=A-1|39=0|434=2|102=99|58=too low")
        run.engine.rejects(second, "not today")
        run.engine.hears("F", "11=B-1|41=B|38=300")
        run.engine.says("9", "37=E-B|11=B-1|41=B|39=8|434=1|102=0|58=the order is REJECTED")
        run.engine.reports(first, "F", "2", "11=A-1|38=400|14=400|151=0|32=400|31=10|6=10")
        assert run.ends() == (
            0,
            [
                "A NEW, CumQty 0, LeavesQty 300, AvgPx 0",
                "A (A-1) PENDING_REPLACE, CumQty 0, LeavesQty 300, AvgPx 0",
                "A (A-1) REPLACED: NEW, CumQty 0, LeavesQty 400, AvgPx 0",
                "B REJECTED, CumQty 0, LeavesQty 0, AvgPx 0: not today",
                "A (A-1) TRADE: FILLED 400 @ 10, CumQty 400, LeavesQty 0, AvgPx 10",
                "rejected: A-2: too low",
                "rejected: B-1: the order is REJECTED",
                "2 orders: 1 FILLED, 1 REJECTED",
            ],
        )


@pytest.mark.wire
def test_what_is_not_answered_or_not_sent_is_named_and_the_exit_code_is_1(tmp_path: Path) -> None:
    with submitted(
        tmp_path, "A", requests=("A-1,,,,,,CANCEL,A", "A-2,,,,,9,REPLACE,A", "B-9,,,,,,CANCEL,A-2"), timeout=3.0
    ) as run:
        run.logs_on()
        first = run.engine.hears("D", "11=A")
        run.engine.fills(first, "300", "10")
        run.engine.hears("F", "11=A-1|41=A")
        run.engine.hears("G", "11=A-2|41=A")
        assert run.ends() == (
            1,
            [
                "A TRADE: FILLED 300 @ 10, CumQty 300, LeavesQty 0, AvgPx 0",
                "1 orders: 1 FILLED",
                "not answered: A-1",
                "not answered: A-2",
                "not sent: B-9",
            ],
        )


@pytest.mark.wire
def test_an_unfinished_order_is_named_and_the_exit_code_is_1(tmp_path: Path) -> None:
    with submitted(tmp_path, "A", "B", timeout=3.0) as run:
        run.logs_on()
        first, _ = run.engine.hears("D"), run.engine.hears("D")
        run.engine.fills(first, "100", "10")
        run.process.wait_for("A TRADE", time.monotonic() + PATIENCE)
        assert run.ends() == (
            1,
            [
                "A TRADE: PARTIALLY_FILLED 100 @ 10, CumQty 100, LeavesQty 200, AvgPx 0",
                "2 orders: 1 PARTIALLY_FILLED, 1 PENDING_NEW",
                "unfinished: A PARTIALLY_FILLED, CumQty 100",
                "unfinished: B PENDING_NEW, CumQty 0",
                "what is unfinished is not canceled: it stays with the engine",
            ],
        )


@pytest.mark.wire
def test_a_session_that_is_lost_is_told(tmp_path: Path) -> None:
    with submitted(tmp_path, "A", timeout=3.0) as run:
        run.logs_on()
        run.engine.hears("D")
        run.engine.says("5", "58=going home")
        run.engine.closes()
        code, printed = run.ends()
        assert (code, printed[:2]) == (1, ["1 orders: 1 PENDING_NEW", "the session is down: going home"])


@pytest.mark.wire
def test_a_refused_logon_ends_at_once_with_the_reason(tmp_path: Path) -> None:
    with submitted(tmp_path, "A") as run:
        run.engine.accepts()
        run.engine.says("5", "58=SenderCompID(49) MANIFOLD is not known here")
        reason = "the logon was refused: SenderCompID(49) MANIFOLD is not known here"
        assert run.ends() == (3, [f"127.0.0.1:{run.engine.port}: {reason}"])


@pytest.mark.wire
def test_ctrl_c_logs_out_and_says_what_is_unfinished(tmp_path: Path) -> None:
    with submitted(tmp_path, "A") as run:
        run.logs_on()
        run.engine.acknowledges(run.engine.hears("D"))
        run.process.wait_for("A NEW", time.monotonic() + PATIENCE)
        run.process.popen.send_signal(signal.SIGINT)
        run.engine.hears("5")
        run.engine.says("5")
        assert run.ends() == (
            1,
            [
                "A NEW, CumQty 0, LeavesQty 300, AvgPx 0",
                "1 orders: 1 NEW",
                "interrupted before the end",
                "unfinished: A NEW, CumQty 0",
                "what is unfinished is not canceled: it stays with the engine",
            ],
        )


@pytest.mark.wire
def test_ctrl_c_before_the_logon_sends_nothing(tmp_path: Path) -> None:
    with submitted(tmp_path, "A") as run:
        run.engine.accepts()
        run.process.popen.send_signal(signal.SIGINT)
        assert run.ends() == (1, ["interrupted by SIGINT; nothing was sent"])
