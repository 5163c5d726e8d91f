"""Data dictionaries for QuickFIX that know groups and refuse nothing.

Without a dictionary QuickFIX takes the second entry of any repeating group for a repeated tag and rejects the message;
with a full one it rejects, on its own, a venue's fill for one enumeration it has not heard of. So it gets the groups
and field names only, and judging is left to `spec.validation`, where a refusal is ours, with its reason on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from fix.enums import ADMIN_MSG_TYPES
from spec.dialects import Dialect
from spec.dictionary import extended

_NAMES = {"FIX.4.2": "FIX42", "FIX.4.4": "FIX44", "FIX.5.0SP2": "FIX50SP2"}
# QuickFIX takes 0.8 s to expand all of 5.0 SP2 and 0.1 s for the messages of trading and market data
_MAY_HOLD_SOH = ("DATA", "XMLDATA")  # read by the length in the field before
_BODIES = {"FIX50SP2": frozenset(["AB", "AC", *"DFGH89qrstuVWXYj"])}


@contextmanager
def lenient(dialect: Dialect) -> Iterator[dict[str, str]]:
    """QuickFIX settings that name such dictionaries; the files live as long as the context."""
    with TemporaryDirectory(prefix="manifold-") as folder:
        application = _write(_NAMES[dialect.name], Path(folder))
        settings = {
            "UseDataDictionary": "Y",
            "AllowUnknownMsgFields": "Y",
            "ValidateUserDefinedFields": "N",
            "ValidateFieldsHaveValues": "N",
            "ValidateFieldsOutOfOrder": "N",
        }
        if dialect.default_appl_ver_id:
            transport = _write(dialect.begin_string.replace(".", ""), Path(folder))
            settings |= {"AppDataDictionary": str(application), "TransportDataDictionary": str(transport)}
        else:
            settings["DataDictionary"] = str(application)
        yield settings


def _write(name: str, folder: Path) -> Path:
    tree = extended(name)
    root = tree.getroot()
    for value in list(root.iter("value")):
        parent = value.getparent()
        if parent is not None:
            parent.remove(value)
    for field in root.iterfind("fields/field"):
        if field.get("type") not in _MAY_HOLD_SOH:
            field.set("type", "STRING")
    for section in ("header", "trailer", "messages", "components"):
        for member in root.iterfind(f"{section}//*[@required]"):
            member.set("required", "N")
    for entries in root.iterfind(".//group[@name='NoMDEntries']"):
        if entries.find("field[@name='RptSeq']") is None:  # venues of older versions number their entries all the same
            etree.SubElement(entries, "field", name="RptSeq", required="N")
    _forget_bodies(root, _BODIES.get(name))
    path = folder / f"{name}.xml"
    tree.write(str(path))
    return path


def _forget_bodies(root: etree._Element, kept: frozenset[str] | None) -> None:
    for message in root.iterfind("messages/message"):
        msg_type = message.get("msgtype")
        if kept is not None and msg_type not in kept and msg_type not in ADMIN_MSG_TYPES:
            for member in list(message):
                message.remove(member)
