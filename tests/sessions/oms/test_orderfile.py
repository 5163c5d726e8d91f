"""What a person types into a CSV, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fix.business import NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest
from fix.enums import OrdType, Side, TimeInForce
from sessions.oms.orderfile import OrderFileError, read_orders
from spec.strategies import STRATEGIES

EXAMPLES = Path(__file__).parents[3] / "examples"
HEADER = "ClOrdID,Symbol,Side,OrderQty,OrdType,Price,TimeInForce,Account"
GOOD = "A,ACME,BUY,100,LIMIT,99.95,IOC,FUND"
NOW = 1_700_000_000_000_000_000


def written(folder: Path, data: str | bytes) -> Path:
    path = folder / "o.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def fault(folder: Path, data: str | bytes) -> str:
    path = written(folder, data)
    with pytest.raises(OrderFileError) as caught:
        read_orders(path, NOW)
    return str(caught.value).removeprefix(str(path))


def test_orders_are_read_by_fix_name_or_by_value_on_the_wire(tmp_path: Path) -> None:
    text = f"{HEADER}\n{GOOD}\nB,ACME,2,0.5,1\n"
    assert read_orders(written(tmp_path, text), NOW) == [
        NewOrderSingle(
            cl_ord_id="A",
            symbol="ACME",
            side=Side.BUY,
            order_qty=Decimal(100),
            ord_type=OrdType.LIMIT,
            price=Decimal("99.95"),
            time_in_force=TimeInForce.IOC,
            transact_time=NOW,
            account="FUND",
        ),
        NewOrderSingle(
            cl_ord_id="B",
            symbol="ACME",
            side=Side.SELL,
            order_qty=Decimal("0.5"),
            ord_type=OrdType.MARKET,
            price=None,
            time_in_force=TimeInForce.DAY,
            transact_time=NOW,
            account="",
        ),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + f"{HEADER}\r\n{GOOD}\r\n".encode(),
        f"{HEADER}\n\n  \n{GOOD}",
        f"{HEADER}\n" + ",".join(f' "{value}" ' if value == "x" else f" {value} " for value in GOOD.split(",")),
        f"Account,TimeInForce,Price,OrdType,OrderQty,Side,Symbol,ClOrdID\n{','.join(reversed(GOOD.split(',')))}",
    ],
    ids=["byte order mark and CRLF", "empty lines", "spaces", "other order of columns"],
)
def test_what_spreadsheets_do_to_a_file_does_no_harm(tmp_path: Path, data: str | bytes) -> None:
    (order,) = read_orders(written(tmp_path, data), NOW)
    assert order == read_orders(written(tmp_path, f"{HEADER}\n{GOOD}"), NOW)[0]


def test_requests_take_what_they_leave_empty_from_the_order_above(tmp_path: Path) -> None:
    header = "ClOrdID,Action,OrigClOrdID,Symbol,Side,OrderQty,OrdType,Price,TimeInForce,Account"
    text = (
        f"{header}\nA,NEW,,ACME,BUY,100,LIMIT,99.95,,FUND\nA-1,replace,A,,,200,,,,\n"
        "A-2,REPLACE,A-1,,,,MARKET,,IOC,\nA-3,CANCEL,A-2,,,,,,,\n"
    )
    order, *requests = read_orders(written(tmp_path, text), NOW)
    assert isinstance(order, NewOrderSingle)
    first = OrderCancelReplaceRequest(
        cl_ord_id="A-1",
        orig_cl_ord_id="A",
        symbol="ACME",
        side=Side.BUY,
        order_qty=Decimal(200),
        ord_type=OrdType.LIMIT,
        price=Decimal("99.95"),
        time_in_force=TimeInForce.DAY,
        transact_time=NOW,
        account="FUND",
    )
    second = replace(first, cl_ord_id="A-2", orig_cl_ord_id="A-1", ord_type=OrdType.MARKET, price=None)
    assert requests == [
        first,
        replace(second, time_in_force=TimeInForce.IOC),
        OrderCancelRequest("A-3", "A-2", "ACME", Side.BUY, Decimal(200), NOW),
    ]


WORKED = "ClOrdID,Symbol,Side,OrderQty,OrdType,Price,TargetStrategy,Parameters,ExDestination,MaxFloor,MinQty,ExecInst"


def test_an_order_may_say_how_it_is_to_be_worked(tmp_path: Path) -> None:
    text = (
        f"{WORKED}\nA,ACME,BUY,100,LIMIT,9,twap,EndTime=20261124-16:00:00  Slices=12,XNYS,10,5,1 G\n"
        "B,ACME,BUY,100,LIMIT,9,1001,Note=a=b,,,,\nC,ACME,BUY,100,LIMIT,9,4711,,,,,\nD,ACME,BUY,100,LIMIT,9\n"
    )
    first, *others = read_orders(written(tmp_path, text), NOW)
    assert isinstance(first, NewOrderSingle)
    plain = first._replace(
        strategy="", parameters=(), destination="", max_floor=None, min_qty=None, exec_inst="", cl_ord_id="D"
    )
    assert first == plain._replace(
        cl_ord_id="A",
        strategy="1001",
        parameters=(("EndTime", "20261124-16:00:00"), ("Slices", "12")),
        destination="XNYS",
        max_floor=Decimal(10),
        min_qty=Decimal(5),
        exec_inst="1 G",
    )
    assert others == [
        plain._replace(cl_ord_id="B", strategy="1001", parameters=(("Note", "a=b"),)),
        plain._replace(cl_ord_id="C", strategy="4711"),
        plain,
    ]


def test_every_strategy_has_a_name(tmp_path: Path) -> None:
    names = ["VWAP", "POV", "SHORTFALL", "SMART", "TWAP", "ICEBERG", "PLACEMENT", "DARK", "RANKING", "WEIGHTS"]
    rows = "".join(f"{name},ACME,BUY,1,MARKET,,{name},,,,,\n" for name in names)
    read = read_orders(written(tmp_path, f"{WORKED}\n{rows}"), NOW)
    assert [order.strategy for order in read if isinstance(order, NewOrderSingle)] == list(STRATEGIES)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("twop,,,,,", "TargetStrategy 'twop' is not known; did you mean TWAP?"),
        ("-1,,,,,", "TargetStrategy '-1' is not known; write VWAP, POV, SHORTFALL, SMART, TWAP, ICEBERG, PLACEMENT, DARK, RANKING, WEIGHTS, or a number"),
        ("1,Slices,,,,", "Parameters 'Slices' are not NAME=VALUE with spaces between; write Slices=12 Where=dark"),
        ("1,Slices=,,,,", "Parameters 'Slices=' are not NAME=VALUE with spaces between; write Slices=12 Where=dark"),
        ("1,Slices = 12,,,,", "Parameters 'Slices = 12' are not NAME=VALUE with spaces between; write Slices=12 Where=dark"),
        ("1,Slices=\xb2,,,,", "Parameters 'Slices=\xb2' is not up to 1000 printable ASCII characters; change it"),
        ("1,,\x01,,,", "ExDestination '\\x01' is not up to 64 printable ASCII characters; change it"),
        ("1,,,0,,", "MaxFloor '0' is not a number above zero; write it as 100 or 99.95"),
        ("1,,,,few,", "MinQty 'few' is not a number above zero; write it as 100 or 99.95"),
        ("1,,,,,\x01", "ExecInst '\\x01' is not up to 64 printable ASCII characters; change it"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_is_told_in_the_same_way(tmp_path: Path, more: str, said: str) -> None:
    assert fault(tmp_path, f"{WORKED}\nA,ACME,BUY,100,LIMIT,9,{more}\n") == f", line 2: {said}"


@pytest.mark.parametrize("column", ["TargetStrategy", "Parameters", "ExDestination", "MaxFloor", "MinQty", "ExecInst"])
@pytest.mark.parametrize("action", ["CANCEL", "REPLACE"])
def test_a_request_changes_nothing_of_how_it_is_worked(tmp_path: Path, action: str, column: str) -> None:
    header = f"ClOrdID,Symbol,Side,OrderQty,OrdType,Price,Action,OrigClOrdID,{column}"
    rows = f"A,ACME,BUY,100,LIMIT,9,,,\nB,,,,,,{action},A,1\n"
    said = f", line 3: {action} takes {column} from the order; leave it empty"
    assert fault(tmp_path, f"{header}\n{rows}") == said


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(EXAMPLES.glob("*.csv")) if path.read_text(encoding="utf-8").startswith("ClOrdID")],
    ids=lambda path: path.name,
)
def test_every_example_can_be_read(path: Path) -> None:
    rows = path.read_text(encoding="utf-8").splitlines()[1:]
    assert [row.cl_ord_id for row in read_orders(path, NOW)] == [row.partition(",")[0] for row in rows]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("B,AMEND,A", "Action 'AMEND' is not known; write NEW, CANCEL or REPLACE, or another FIX name of Action"),
        ("B,CANCL,A", "Action 'CANCL' is not known; did you mean CANCEL?"),
        ("B,NEW,A,ACME,BUY,5,MARKET", "OrigClOrdID is for CANCEL and REPLACE; leave it empty"),
        ("B,,A,ACME,BUY,5,MARKET", "OrigClOrdID is for CANCEL and REPLACE; leave it empty"),
        ("B,CANCEL,", "OrigClOrdID '' is no order above; write the ClOrdID of a NEW or REPLACE"),
        ("B,CANCEL,B", "OrigClOrdID 'B' is no order above; write the ClOrdID of a NEW or REPLACE"),
        ("B,REPLACE,C,,,5", "OrigClOrdID 'C' is no order above; write the ClOrdID of a NEW or REPLACE"),
        (",CANCEL,A", "ClOrdID is empty; every request has one"),
        ("A,CANCEL,A", "ClOrdID 'A' is used twice; each order needs its own"),
        ("B\x01,CANCEL,A", "ClOrdID 'B\\x01' is not up to 64 printable ASCII characters; change it"),
        ("B,CANCEL,A,,,50", "CANCEL takes OrderQty from the order; leave it empty"),
        ("B,REPLACE,A,OTHER", "REPLACE takes Symbol from the order; leave it empty"),
        ("B,REPLACE,A,,,-5", "OrderQty '-5' is not a number above zero; write it as 100 or 99.95"),
        ("B,REPLACE,A,,,,,0", "Price '0' is not a number above zero; write it as 100 or 99.95"),
    ],
)
def test_a_faulty_request_is_told_in_the_same_way(tmp_path: Path, line: str, said: str) -> None:
    header = "ClOrdID,Action,OrigClOrdID,Symbol,Side,OrderQty,OrdType,Price"
    assert fault(tmp_path, f"{header}\nA,NEW,,ACME,BUY,100,LIMIT,9\nX,CANCEL,A\n{line}\n") == f", line 4: {said}"


IT_IS = (
    "; it is ClOrdID,Symbol,Side,OrderQty,OrdType and, as you like, Price,TimeInForce,Account,Action,OrigClOrdID,"
    "TargetStrategy,Parameters,ExDestination,MaxFloor,MinQty,ExecInst"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", f", line 1: the header is missing ClOrdID, Symbol, Side, OrderQty, OrdType{IT_IS}"),
        (
            "ClOrdID;Symbol;Side;OrderQty;OrdType\n",
            f", line 1: the header names 'ClOrdID;Symbol;Side;OrderQty;OrdType', which is no column{IT_IS}",
        ),
        ("a,b", f", line 1: the header names 'a', which is no column{IT_IS}"),
        (
            HEADER.replace("OrderQty", "OrdQty"),
            f", line 1: the header names 'OrdQty', which is no column; did you mean OrderQty?{IT_IS}",
        ),
        (HEADER.replace("Side,", ""), f", line 1: the header is missing Side{IT_IS}"),
        (f"{HEADER},Side", f", line 1: the header names Side twice{IT_IS}"),
        (HEADER, ": holds no orders; write one on each line below the header"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", ": is not text in UTF-8; save it as a CSV file in UTF-8"),
        (
            f'{HEADER}\n"{GOOD}',
            ": is not a CSV file: unexpected end of data; look for a quote that is not closed",
        ),
    ],
)
def test_a_file_that_is_no_list_of_orders_says_what_it_should_be(tmp_path: Path, data: str | bytes, said: str) -> None:
    assert fault(tmp_path, data) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (GOOD, "ClOrdID 'A' is used twice; each order needs its own"),
        (",ACME,BUY,100,MARKET", "ClOrdID is empty; every order has one"),
        ("B,ACME,BUY,100", "OrdType is empty; every order has one"),
        (f"{GOOD},more", "9 values for 8 columns; take the last ones out"),
        ("B,ACME,BUY,-5,MARKET", "OrderQty '-5' is not a number above zero; write it as 100 or 99.95"),
        ("B,ACME,BUY,0,MARKET", "OrderQty '0' is not a number above zero; write it as 100 or 99.95"),
        ("B,ACME,BUY,1_000,MARKET", "OrderQty '1_000' is not a number above zero; write it as 100 or 99.95"),
        ("B,ACME,BUY,1E3,MARKET", "OrderQty '1E3' is not a number above zero; write it as 100 or 99.95"),
        ("B,ACME,BUY,nan,MARKET", "OrderQty 'nan' is not a number above zero; write it as 100 or 99.95"),
        (
            "B,ACME,BUY,\u0661\u0660,MARKET",
            "OrderQty '\u0661\u0660' is not a number above zero; write it as 100 or 99.95",
        ),
        (
            "B,ACME,BUY,1234567890123456,MARKET",
            "OrderQty '1234567890123456' is not a number above zero; write it as 100 or 99.95",
        ),
        ("B,ACME,BUY,5,LIMIT,cheap", "Price 'cheap' is not a number above zero; write it as 100 or 99.95"),
        ("B,ACME,HOLD,5,MARKET", "Side 'HOLD' is not known; write BUY or SELL, or another FIX name of Side"),
        (
            "B,ACME,BUY,5,ICEBERG",
            "OrdType 'ICEBERG' is not known; write MARKET or LIMIT, or another FIX name of OrdType",
        ),
        ("B,ACME,BUY,5,limt", "OrdType 'limt' is not known; did you mean LIMIT?"),
        ("B,ACME,BUY,5,LIMIT,1,I0C", "TimeInForce 'I0C' is not known; did you mean IOC?"),
        ("B,ACM\u00c9,BUY,5,MARKET", "Symbol 'ACM\u00c9' is not up to 64 printable ASCII characters; change it"),
        ("B\x01C,ACME,BUY,5,MARKET", "ClOrdID 'B\\x01C' is not up to 64 printable ASCII characters; change it"),
        ("B\x00,ACME,BUY,5,MARKET", "ClOrdID 'B\\x00' is not up to 64 printable ASCII characters; change it"),
    ],
)
def test_a_faulty_line_is_told_with_line_column_value_and_fix(tmp_path: Path, line: str, said: str) -> None:
    assert fault(tmp_path, f"{HEADER}\n{GOOD}\n{line}\n") == f", line 3: {said}"


def test_the_line_is_that_of_the_file_where_a_value_spans_two(tmp_path: Path) -> None:
    assert fault(tmp_path, f'{HEADER}\n"A\nB",ACME,BUY,5,MARKET\n').startswith(", line 3: ClOrdID 'A\\nB' is not")


def test_a_file_that_is_not_there_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(
        OrderFileError, match=r"none.csv: cannot be read: No such file or directory; give the path of a"
    ):
        read_orders(tmp_path / "none.csv", NOW)
    with pytest.raises(OrderFileError, match=r"cannot be read: Is a directory; give the path of a CSV file"):
        read_orders(tmp_path, NOW)
