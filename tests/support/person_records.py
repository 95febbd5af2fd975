"""A small file of people, some of them several times and with typing errors; who is who is known."""

from __future__ import annotations

import csv
import random
from pathlib import Path

COLUMNS = ("record_id", "first_name", "last_name", "birth_date", "street", "city", "postcode")
FIRST = (
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Emma",
    "Felix",
    "Greta",
    "Henry",
    "Ida",
    "Jonas",
    "Kira",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Rosa",
    "Simon",
)
LAST = (
    "Adler",
    "Brandt",
    "Conrad",
    "Dietz",
    "Engel",
    "Forster",
    "Gruber",
    "Haller",
    "Iversen",
    "Jansen",
    "Keller",
    "Lorenz",
    "Moser",
    "Naumann",
    "Otto",
)
STREETS = ("Mill Lane", "Station Road", "Church Walk", "Garden Close", "Harbour View", "Kings Avenue", "Meadow Drive", "Orchard Way")
CITIES = ("Ashford", "Bexhill", "Crawley", "Dover", "Epsom", "Fareham")


def person_records(people: int = 120, seed: int = 11) -> list[dict[str, str]]:
    """Return records with their person beside them; households of two share surname and address."""
    rng = random.Random(seed)
    rows: list[dict[str, str]] = []
    home = {"last_name": "", "street": "", "city": "", "postcode": ""}
    for person in range(people):
        if person % 2 == 0:
            street = f"{rng.randint(1, 90)} {rng.choice(STREETS)}"
            home = {
                "last_name": rng.choice(LAST),
                "street": street,
                "city": rng.choice(CITIES),
                "postcode": f"{rng.choice('ABCDEF')}{rng.randint(100, 999)}",
            }
        born = f"{rng.randint(1940, 2004)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        truth = {"first_name": rng.choice(FIRST), "birth_date": born, **home}
        for copy in range(rng.choice((1, 2, 3, 4))):
            said = truth if copy == 0 else {name: _mistyped(value, rng) for name, value in truth.items()}
            rows.append({"record_id": f"r{len(rows)}", **said, "person": str(person)})
    rng.shuffle(rows)
    return rows


def write_people(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write the records as the one file of a raw folder."""
    (folder / "people").mkdir(parents=True, exist_ok=True)
    with (folder / "people" / "delivery.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def pair_grades(group_of: dict[str, str], rows: list[dict[str, str]]) -> tuple[float, float]:
    """Return pairwise precision and recall."""
    pairs = [(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :]]
    same = [(a, b) for a, b in pairs if a["person"] == b["person"]]
    joined = [(a, b) for a, b in pairs if group_of[a["record_id"]] == group_of[b["record_id"]]]
    right = sum(a["person"] == b["person"] for a, b in joined)
    return right / max(len(joined), 1), right / len(same)


def _mistyped(value: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.06:
        return ""
    if chance < 0.25 and len(value) > 3:
        place = rng.randrange(1, len(value) - 1)
        return value[:place] + value[place + 1] + value[place] + value[place + 2 :]
    return value
