"""Made-up contacts by the thousand, written by PostgreSQL alone: a shop that was there before the addon."""

from .postgres import get_server

# Numbers of a block that is given to nobody, one each, in five spellings; every tenth contact has none.
FILL = """
INSERT INTO res_partner (name, complete_name, email, city, country_id, phone, phone_sanitized, active, type,
                         autopost_bills, create_date, write_date)
SELECT name, name, 'bench-' || i || '@example.com', 'Tver', country.res_id,
       CASE WHEN i % 10 < 9 THEN CASE i % 5
            WHEN 0 THEN '+7' || digits
            WHEN 1 THEN '+7 ' || substr(digits, 1, 3) || ' ' || substr(digits, 4, 3) || '-' || substr(digits, 7)
            WHEN 2 THEN '8 (' || substr(digits, 1, 3) || ') ' || substr(digits, 4)
            WHEN 3 THEN '+7-' || substr(digits, 1, 3) || '-' || substr(digits, 4)
            ELSE '8' || digits END END,
       CASE WHEN i % 10 < 9 THEN '+7' || digits END,
       TRUE, 'contact', 'ask', now(), now()
  FROM (SELECT i, 'Bench ' || i AS name, '900' || lpad(i::text, 7, '0') AS digits
          FROM generate_series({first}, {last}) i) made,
       (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'ru') country
"""


def number(i):
    """Return the number of the i-th contact in E.164 form."""
    return f"+7900{i:07}"


def fill(database, count):
    """Add `count` contacts to a database that has not been sealed."""
    for first in range(0, count, 100_000):
        get_server().psql(FILL.format(first=first, last=min(first + 100_000, count) - 1), database)
    get_server().psql("ANALYZE res_partner", database)
