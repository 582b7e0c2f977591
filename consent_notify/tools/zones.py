"""Time zones of an address. Plain Python: country and state in, names of zones out.

States as Odoo names them (ISO 3166-2, Russia's in its own letters). From the IANA time zone database, 2026a: its
zone1970.tab names the places of each zone. A state that is cut by a border of zones stands under each of them.
"""

from functools import lru_cache

import pytz

STATES = {
    "US": {
        "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC TN VA VT WV",
        "America/Chicago": "AL AR FL IA IL IN KS KY LA MI MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO ID KS MT ND NE NM NV OR SD TX UT WY",
        "America/Phoenix": "AZ",
        # The Navajo Nation keeps summer time.
        "America/Shiprock": "AZ",
        "America/Los_Angeles": "CA ID NV OR WA",
        "America/Anchorage": "AK",
        "America/Adak": "AK",
        "Pacific/Honolulu": "HI",
        "America/Puerto_Rico": "PR VI",
        "Pacific/Guam": "GU MP",
        "Pacific/Pago_Pago": "AS",
        "Pacific/Palau": "PW",
        "Pacific/Majuro": "MH",
        "Pacific/Chuuk": "FM",
        "Pacific/Kosrae": "FM",
    },
    "CA": {
        "America/St_Johns": "NL",
        "America/Goose_Bay": "NL",
        "America/Halifax": "NB NS PE",
        "America/Blanc-Sablon": "QC",
        "America/Toronto": "NU ON QC",
        "America/Atikokan": "NU ON",
        "America/Winnipeg": "MB NU ON",
        "America/Regina": "SK",
        "America/Edmonton": "AB BC NT NU SK",
        "America/Fort_Nelson": "BC",
        "America/Vancouver": "BC",
        "America/Whitehorse": "YT",
    },
    "AU": {
        "Australia/Sydney": "ACT NSW",
        "Australia/Melbourne": "VIC",
        "Australia/Hobart": "TAS",
        "Australia/Brisbane": "QLD",
        "Australia/Lindeman": "QLD",
        "Australia/Adelaide": "SA",
        "Australia/Darwin": "NT",
        "Australia/Broken_Hill": "NSW",
        "Australia/Lord_Howe": "NSW",
        "Australia/Eucla": "SA WA",
        "Australia/Perth": "WA",
    },
    "BR": {
        "America/Noronha": "PE",
        "America/Sao_Paulo": "AL AP BA CE DF ES GO MA MG PA PB PE PI PR RJ RN RS SC SE SP TO",
        "America/Manaus": "AM RO RR",
        "America/Cuiaba": "MS MT",
        "America/Rio_Branco": "AC AM",
    },
    "RU": {
        "Europe/Kaliningrad": "KGD",
        "Europe/Moscow": (
            "AD ARK BEL BRY CE CU DA IN IVA KB KC KDA KIR KL KLU KO KOS KR KRS LEN LIP ME MO MOS MOW MUR NGR NIZ"
            " ORL PNZ PSK ROS RYA SE SMO SPE STA TA TAM TUL TVE VGG VLA VLG VOR YAR"
        ),
        "Europe/Samara": "AST SAM SAR UD ULY",
        "Asia/Yekaterinburg": "BA CHE KGN KHM ORE PER SVE TYU YAN",
        "Asia/Omsk": "OMS",
        "Asia/Krasnoyarsk": "AL ALT KEM KK KYA NVS TOM TY",
        "Asia/Irkutsk": "BU IRK",
        "Asia/Yakutsk": "AMU SA ZAB",
        "Asia/Vladivostok": "KHA PRI SA YEV",
        "Asia/Magadan": "MAG SA SAK",
        "Asia/Kamchatka": "CHU KAM",
    },
}


@lru_cache
def _by_state(country):
    found = {}
    for zone, states in STATES.get(country, {}).items():
        for state in states.split():
            found.setdefault(state, []).append(zone)
    return found


@lru_cache(500)
def zones_of(country, state=None):
    """Return the names of all zones in which an address or a number of this country may be; () for no country.

    :param country: two letters, as of an address or a phone number's region
    :param state: code of a state or province; with one that is not known the whole country counts
    """
    return tuple(_by_state(country).get(state) or pytz.country_timezones.get(country or "", ()))
