"""From numbers to the values that stand in logs: addresses, phone numbers, cards, ids.

All values are fictional: addresses lie in domains reserved for examples, phone numbers in an
unassigned range (longer than any real number in large worlds).
"""

from __future__ import annotations

from pyspark.sql import Column, functions as F

from crosschannel.synth.parameters import World
from crosschannel.synth.slots import MISTYPED_EMAIL, NEW_PHONE, SECOND_EMAIL, SLOTS

FIRST_NAMES = (
    "ada", "ben", "carla", "dario", "elena", "farid", "greta", "hugo", "ines", "jonas", "kira", "liam", "mona", "nils", "olga", "paul",
    "quinn", "rosa", "sven", "tara", "umar", "vera", "wim", "xenia", "yusuf", "zoe", "aline", "bruno", "celia", "david",
)  # fmt: skip
LAST_NAMES = (
    "abel", "bauer", "costa", "dunn", "evers", "fischer", "grant", "hansen", "ivanov", "jansen", "keller", "lopez", "meyer", "novak",
    "okafor", "petit", "quast", "rossi", "silva", "thorn", "ulrich", "varga", "walsh", "xu", "young", "zeller", "amin", "berg", "clark", "diaz",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net")
# Number -2 is the first of each list, and so on.
EMAIL_PLACEHOLDERS = ("null", "test@example.com", "unknown@example.com", "noreply@example.com", "till-07@example.net")
PHONE_PLACEHOLDERS = ("null", "000000000", "+440000000000", "0000")
LOYALTY_PLACEHOLDERS = ("null", "000000000", "0", "n/a")
CARD_PLACEHOLDERS = ("null", "0000000000000000", "tok_0", "n/a")
COOKIE_PLACEHOLDERS = ("null", "0000000000000000", "undefined", "-")
DEVICE_PLACEHOLDERS = ("null", "00000000-0000-0000-0000-000000000000", "unknown", "-")
_SHORT_NUMBERS = 100_000
_SHORT_LENGTH = 13  # +44 and ten digits
_SPREAD, _LOYALTY_RANGE, _CRM_RANGE = 48_271, 1_000_000_000, 100_000_000  # a prime, so numbers stay distinct
_FORMS = 20  # one event in twenty writes a value in each unusual form


def hashed(world: World, salt: str, *parts: Column) -> Column:
    """Return a number that depends on the seed, a purpose and some columns."""
    return F.xxhash64(F.lit(world.seed), F.lit(salt), *parts)


def hex_expr(number: Column) -> Column:
    """Return a number as 16 hexadecimal digits."""
    return F.lower(F.lpad(F.hex(number), 16, "0"))


def chosen(options: tuple[str, ...], number: Column) -> Column:
    """Pick one of several texts by a number of any size."""
    return F.get(F.array(*[F.lit(o) for o in options]), F.pmod(number, F.lit(len(options))).cast("int"))


def named(options: tuple[str, ...], position: Column) -> Column:
    """Return the text at a position of a list."""
    return F.get(F.array(*[F.lit(o) for o in options]), position.cast("int"))


def person_id_expr(person: Column) -> Column:
    """Return the id of a person in the truth tables."""
    return F.concat(F.lit("P"), F.lpad(person.cast("string"), 9, "0"))


def first_name_expr(world: World, person: Column) -> Column:
    """Return a person's first name."""
    return chosen(FIRST_NAMES, hashed(world, "first name", person))


def last_name_expr(world: World, person: Column) -> Column:
    """Return a person's last name."""
    return chosen(LAST_NAMES, hashed(world, "last name", person))


def email_expr(world: World, number: Column) -> Column:
    """Return an address; the owner's number in it keeps addresses apart."""
    owner, slot = owner_expr(number), F.pmod(number, F.lit(SLOTS))
    first, last = first_name_expr(world, owner), last_name_expr(world, owner)
    name = (
        F.when(slot == SECOND_EMAIL, F.concat(F.left(first, F.lit(1)), last))
        .when(slot == MISTYPED_EMAIL, F.concat(F.left(first, F.lit(1)), F.substring(first, 3, 20), F.lit("."), last))
        .otherwise(F.concat(first, F.lit("."), last))
    )
    address = F.concat(name, owner.cast("string"), F.lit("@"), chosen(DOMAINS, hashed(world, "domain", number)))
    return _or_placeholder(number, address, EMAIL_PLACEHOLDERS)


def phone_expr(world: World, number: Column) -> Column:
    """Return a phone number in international form."""
    slot = F.pmod(number, F.lit(SLOTS))
    index = owner_expr(number) + F.when(slot == NEW_PHONE, F.lit(world.people)).otherwise(F.lit(0))
    digits = F.when(index < _SHORT_NUMBERS, F.lpad(index.cast("string"), 5, "0")).otherwise(F.lpad(index.cast("string"), 8, "0"))
    return _or_placeholder(number, F.concat(F.lit("+4477009"), digits), PHONE_PLACEHOLDERS)


def loyalty_expr(number: Column) -> Column:
    """Return the number of a loyalty card."""
    code = F.pmod(owner_expr(number) * _SPREAD + 12_345, F.lit(_LOYALTY_RANGE))
    return _or_placeholder(number, F.concat(F.lit("60"), F.lpad(code.cast("string"), 9, "0")), LOYALTY_PLACEHOLDERS)


def crm_expr(number: Column) -> Column:
    """Return the key of a CRM row."""
    code = F.pmod(owner_expr(number) * _SPREAD + 71, F.lit(_CRM_RANGE))
    return F.when(number >= 0, F.concat(F.lit("C"), F.lpad(code.cast("string"), 8, "0")))


def card_expr(world: World, number: Column) -> Column:
    """Return the token of a payment card."""
    return _or_placeholder(number, F.concat(F.lit("tok_"), hex_expr(hashed(world, "card", number))), CARD_PLACEHOLDERS)


def cookie_expr(world: World, number: Column) -> Column:
    """Return a browser's cookie; a kiosk's looks like any other."""
    return _or_placeholder(number, hex_expr(hashed(world, "cookie", number)), COOKIE_PLACEHOLDERS, first_other=-10)


def device_expr(world: World, number: Column) -> Column:
    """Return an app installation's id."""
    text = F.concat(hex_expr(hashed(world, "device", number)), hex_expr(hashed(world, "device 2", number)))
    parts = [F.substring(text, start, length) for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    return _or_placeholder(number, F.upper(F.concat_ws("-", *parts)), DEVICE_PLACEHOLDERS)


def as_typed_email(email: Column, chance: Column) -> Column:
    """Write an address as people do: now and then with capitals or a space around it."""
    form = F.pmod(chance, F.lit(_FORMS))
    return F.when(form == 0, F.initcap(email)).when(form == 1, F.concat(email, F.lit(" "))).otherwise(email)


def as_typed_phone(phone: Column, chance: Column) -> Column:
    """Write a phone number internationally, nationally or with the long prefix."""
    form, national = F.pmod(chance, F.lit(4)), F.substring(phone, 4, 20)
    written = (
        F.when(form == 0, F.concat(F.lit("0"), F.left(national, F.lit(4)), F.lit(" "), F.substring(national, 5, 20)))
        .when(form == 1, F.concat(F.lit("0044"), national))
        .when(form == 2, F.concat(F.lit("+44 "), F.left(national, F.lit(4)), F.lit(" "), F.substring(national, 5, 20)))
        .otherwise(phone)
    )
    # The long numbers of large worlds are no possible number, and only their full form can be read back.
    return F.when(phone.startswith("+4477") & (F.length(phone) == _SHORT_LENGTH), written).otherwise(phone)


def as_typed_loyalty(loyalty: Column, chance: Column) -> Column:
    """Write a card number with a dash now and then."""
    dashed = F.concat(F.left(loyalty, F.lit(2)), F.lit("-"), F.substring(loyalty, 3, 20))
    return F.when((F.pmod(chance, F.lit(_FORMS)) == 2) & (F.length(loyalty) == 11), dashed).otherwise(loyalty)


def owner_expr(number: Column) -> Column:
    """Return the person (or the household's first person) an identifier number belongs to."""
    return F.floor(number / SLOTS).cast("bigint")


def _or_placeholder(number: Column, value: Column, placeholders: tuple[str, ...], first_other: int = -(10**9)) -> Column:
    fake = named(placeholders, -number - 2)
    return F.when((number >= 0) | (number <= first_other), value).when(number < -1, fake)
