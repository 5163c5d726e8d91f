"""Enumerations by FIX name. Values are the characters on the wire; members compare equal to them.

What an OMS asks for is read whole: a Side, OrdType or TimeInForce that FIX knows and we do not support is refused for
what it is (`engine.risk`), not as a message that nobody can read.
"""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """Side(54)."""

    BUY = "1"
    SELL = "2"
    BUY_MINUS = "3"
    SELL_PLUS = "4"
    SELL_SHORT = "5"
    SELL_SHORT_EXEMPT = "6"
    UNDISCLOSED = "7"
    CROSS = "8"
    CROSS_SHORT = "9"
    CROSS_SHORT_EXEMPT = "A"
    AS_DEFINED = "B"
    OPPOSITE = "C"
    SUBSCRIBE = "D"
    REDEEM = "E"
    LEND = "F"
    BORROW = "G"
    SELL_UNDISCLOSED = "H"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for any sell."""
        return 1 if self is Side.BUY else -1


class OrdType(StrEnum):
    """OrdType(40)."""

    MARKET = "1"
    LIMIT = "2"
    STOP = "3"
    STOP_LIMIT = "4"
    MARKET_ON_CLOSE = "5"
    WITH_OR_WITHOUT = "6"
    LIMIT_OR_BETTER = "7"
    LIMIT_WITH_OR_WITHOUT = "8"
    ON_BASIS = "9"
    ON_CLOSE = "A"
    LIMIT_ON_CLOSE = "B"
    FOREX_MARKET = "C"
    PREVIOUSLY_QUOTED = "D"
    PREVIOUSLY_INDICATED = "E"
    FOREX_LIMIT = "F"
    FOREX_SWAP = "G"
    FOREX_PREVIOUSLY_QUOTED = "H"
    FUNARI = "I"
    MARKET_IF_TOUCHED = "J"
    MARKET_WITH_LEFT_OVER_AS_LIMIT = "K"
    PREVIOUS_FUND_VALUATION_POINT = "L"
    NEXT_FUND_VALUATION_POINT = "M"
    PEGGED = "P"
    COUNTER_ORDER_SELECTION = "Q"
    STOP_ON_BID_OR_OFFER = "R"
    STOP_LIMIT_ON_BID_OR_OFFER = "S"


class TimeInForce(StrEnum):
    """TimeInForce(59); absent means DAY."""

    DAY = "0"
    GTC = "1"
    OPG = "2"
    IOC = "3"
    FOK = "4"
    GTX = "5"
    GTD = "6"
    AT_THE_CLOSE = "7"
    GOOD_THROUGH_CROSSING = "8"
    AT_CROSSING = "9"
    GOOD_FOR_TIME = "A"
    GOOD_FOR_AUCTION = "B"
    GOOD_FOR_MONTH = "C"


class OrdStatus(StrEnum):
    """OrdStatus(39)."""

    NEW = "0"
    PARTIALLY_FILLED = "1"
    FILLED = "2"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    REPLACED = "5"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    CALCULATED = "B"
    EXPIRED = "C"
    PENDING_REPLACE = "E"


class ExecType(StrEnum):
    """ExecType(150) in its FIX 4.4 meaning, which is also our canonical one.

    FIX 4.2 says 1 and 2 where 4.4 says F, and ExecTransType(20) where 4.4 says G, H and I.
    """

    NEW = "0"
    PARTIAL_FILL = "1"
    FILL = "2"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    REPLACED = "5"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    CALCULATED = "B"
    EXPIRED = "C"
    RESTATED = "D"
    PENDING_REPLACE = "E"
    TRADE = "F"
    TRADE_CORRECT = "G"
    TRADE_CANCEL = "H"
    ORDER_STATUS = "I"


class ExecTransType(StrEnum):
    """ExecTransType(20), FIX 4.0 to 4.2."""

    NEW = "0"
    CANCEL = "1"
    CORRECT = "2"
    STATUS = "3"


class OrdRejReason(StrEnum):
    """OrdRejReason(103)."""

    BROKER_OPTION = "0"
    UNKNOWN_SYMBOL = "1"
    EXCHANGE_CLOSED = "2"
    ORDER_EXCEEDS_LIMIT = "3"
    TOO_LATE_TO_ENTER = "4"
    UNKNOWN_ORDER = "5"
    DUPLICATE_ORDER = "6"
    DUPLICATE_OF_A_VERBALLY_COMMUNICATED_ORDER = "7"
    STALE_ORDER = "8"
    UNSUPPORTED_ORDER_CHARACTERISTIC = "11"
    INCORRECT_QUANTITY = "13"
    OTHER = "99"


class CxlRejReason(StrEnum):
    """CxlRejReason(102)."""

    TOO_LATE_TO_CANCEL = "0"
    UNKNOWN_ORDER = "1"
    BROKER_OPTION = "2"
    ALREADY_PENDING = "3"
    DUPLICATE_CL_ORD_ID = "6"
    OTHER = "99"


class CxlRejResponseTo(StrEnum):
    """CxlRejResponseTo(434)."""

    ORDER_CANCEL_REQUEST = "1"
    ORDER_CANCEL_REPLACE_REQUEST = "2"


class ExecRestatementReason(StrEnum):
    """ExecRestatementReason(378)."""

    GT_CORPORATE_ACTION = "0"
    GT_RENEWAL = "1"
    VERBAL_CHANGE = "2"
    REPRICING_OF_ORDER = "3"
    BROKER_OPTION = "4"
    PARTIAL_DECLINE_OF_ORDER_QTY = "5"
    CANCEL_ON_TRADING_HALT = "6"
    CANCEL_ON_SYSTEM_FAILURE = "7"
    MARKET = "8"
    CANCELED = "9"  # an order that was to be cancelled when it is not the best
    WAREHOUSE_RECAP = "10"
    OTHER = "99"


class MassCancelRequestType(StrEnum):
    """MassCancelRequestType(530); one security and all orders are served."""

    CANCEL_ORDERS_FOR_A_SECURITY = "1"
    CANCEL_ORDERS_FOR_AN_UNDERLYING_SECURITY = "2"
    CANCEL_ORDERS_FOR_A_PRODUCT = "3"
    CANCEL_ORDERS_FOR_ACFI_CODE = "4"
    CANCEL_ORDERS_FOR_A_SECURITY_TYPE = "5"
    CANCEL_ORDERS_FOR_A_TRADING_SESSION = "6"
    CANCEL_ALL_ORDERS = "7"
    CANCEL_ORDERS_FOR_A_MARKET = "8"
    CANCEL_ORDERS_FOR_A_MARKET_SEGMENT = "9"
    CANCEL_ORDERS_FOR_A_SECURITY_GROUP = "A"
    CANCEL_ORDERS_FOR_SECURITY_ISSUER = "B"
    CANCEL_FOR_ISSUER_OF_UNDERLYING_SECURITY = "C"


class MassCancelResponse(StrEnum):
    """MassCancelResponse(531): rejected, or what was asked for of what is served."""

    CANCEL_REQUEST_REJECTED = "0"
    CANCEL_ORDERS_FOR_A_SECURITY = "1"
    CANCEL_ALL_ORDERS = "7"


class MassCancelRejectReason(StrEnum):
    """MassCancelRejectReason(532)."""

    MASS_CANCEL_NOT_SUPPORTED = "0"
    INVALID_OR_UNKNOWN_SECURITY = "1"
    OTHER = "99"


class MassStatusReqType(StrEnum):
    """MassStatusReqType(585); one security and all orders are served."""

    STATUS_FOR_ORDERS_FOR_A_SECURITY = "1"
    STATUS_FOR_ORDERS_FOR_AN_UNDERLYING_SECURITY = "2"
    STATUS_FOR_ORDERS_FOR_A_PRODUCT = "3"
    STATUS_FOR_ORDERS_FOR_ACFI_CODE = "4"
    STATUS_FOR_ORDERS_FOR_A_SECURITY_TYPE = "5"
    STATUS_FOR_ORDERS_FOR_A_TRADING_SESSION = "6"
    STATUS_FOR_ALL_ORDERS = "7"
    STATUS_FOR_ORDERS_FOR_A_PARTY_ID = "8"
    STATUS_FOR_SECURITY_ISSUER = "9"
    STATUS_FOR_ISSUER_OF_UNDERLYING_SECURITY = "10"


class DKReason(StrEnum):
    """DKReason(127)."""

    UNKNOWN_SYMBOL = "A"
    WRONG_SIDE = "B"
    QUANTITY_EXCEEDS_ORDER = "C"
    NO_MATCHING_ORDER = "D"
    PRICE_EXCEEDS_LIMIT = "E"
    CALCULATION_DIFFERENCE = "F"
    NO_MATCHING_EXECUTION_REPORT = "G"
    OTHER = "Z"


class SessionRejectReason(StrEnum):
    """SessionRejectReason(373)."""

    INVALID_TAG_NUMBER = "0"
    REQUIRED_TAG_MISSING = "1"
    TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE = "2"
    UNDEFINED_TAG = "3"
    TAG_SPECIFIED_WITHOUT_A_VALUE = "4"
    VALUE_IS_INCORRECT = "5"
    INCORRECT_DATA_FORMAT_FOR_VALUE = "6"
    INVALID_MSGTYPE = "11"
    TAG_APPEARS_MORE_THAN_ONCE = "13"
    REPEATING_GROUP_FIELDS_OUT_OF_ORDER = "15"
    INCORRECT_NUMINGROUP_COUNT = "16"


class StrategyParameterType(StrEnum):
    """StrategyParameterType(959), those that our strategies have."""

    INT = "1"
    FLOAT = "6"
    QTY = "7"
    PERCENTAGE = "11"
    STRING = "14"
    UTC_TIMESTAMP = "19"


class BusinessRejectReason(StrEnum):
    """BusinessRejectReason(380)."""

    OTHER = "0"
    UNKNOWN_ID = "1"
    UNKNOWN_SECURITY = "2"
    UNSUPPORTED_MESSAGE_TYPE = "3"
    APPLICATION_NOT_AVAILABLE = "4"
    CONDITIONALLY_REQUIRED_FIELD_MISSING = "5"
    NOT_AUTHORIZED = "6"


class MDEntryType(StrEnum):
    """MDEntryType(269)."""

    BID = "0"
    OFFER = "1"
    TRADE = "2"


class MDUpdateAction(StrEnum):
    """MDUpdateAction(279)."""

    NEW = "0"
    CHANGE = "1"
    DELETE = "2"


class SubscriptionRequestType(StrEnum):
    """SubscriptionRequestType(263)."""

    SNAPSHOT = "0"
    SNAPSHOT_PLUS_UPDATES = "1"
    DISABLE = "2"


class MsgType(StrEnum):
    """MsgType(35), those the house speaks."""

    HEARTBEAT = "0"
    TEST_REQUEST = "1"
    RESEND_REQUEST = "2"
    REJECT = "3"
    SEQUENCE_RESET = "4"
    LOGOUT = "5"
    EXECUTION_REPORT = "8"
    ORDER_CANCEL_REJECT = "9"
    LOGON = "A"
    NEW_ORDER_SINGLE = "D"
    ORDER_CANCEL_REQUEST = "F"
    ORDER_CANCEL_REPLACE_REQUEST = "G"
    ORDER_STATUS_REQUEST = "H"
    DONT_KNOW_TRADE = "Q"
    MARKET_DATA_REQUEST = "V"
    MARKET_DATA_SNAPSHOT_FULL_REFRESH = "W"
    MARKET_DATA_INCREMENTAL_REFRESH = "X"
    MARKET_DATA_REQUEST_REJECT = "Y"
    BUSINESS_MESSAGE_REJECT = "j"
    ORDER_MASS_CANCEL_REQUEST = "q"
    ORDER_MASS_CANCEL_REPORT = "r"
    ORDER_MASS_STATUS_REQUEST = "AF"


ADMIN_MSG_TYPES = frozenset("012345A")
