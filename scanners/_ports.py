"""The curated TCP ports of a government extranet.

nmap's thousand most frequent ports leave out what is found here: middleware, databases,
consoles, containers (see ``docs/explanation/decisions.md``).
"""

from __future__ import annotations

GROUPS: dict[str, tuple[int, ...]] = {
    "remote": (21, 22, 23, 69, 512, 513, 514, 990, 992, 2121, 2222, 3389, 5631, 5800, 5900, 5901),
    "windows": (88, 135, 137, 139, 389, 445, 464, 593, 636, 3268, 5357, 5985, 5986, 47001),
    "mail": (25, 110, 143, 465, 587, 993, 995, 2525),
    "infrastructure": (53, 111, 123, 161, 179, 199, 515, 548, 554, 631, 873, 2049, 6000, 8554),
    "web": (
        *(80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 280, 443, 591, 808, 880, 888, 999),
        *(1080, 3000, 3128, 4443, 4848, 5000, 5001, 6080, 7000, 7001, 7002, 7070, 7080, 7443),
        *(8000, 8001, 8002, 8005, 8008, 8009, 8010, 8011, 8020, 8030, 8060, 8069, 8080, 8081),
        *(8082, 8083, 8084, 8085, 8086, 8087, 8088, 8089, 8090, 8091, 8099, 8100, 8161, 8180),
        *(8181, 8200, 8222, 8280, 8443, 8480, 8500, 8800, 8880, 8888, 8899, 8983, 9000, 9001),
        *(9002, 9010, 9043, 9060, 9080, 9081, 9090, 9091, 9443, 9800, 9999, 10000, 18080, 28080),
    ),
    "databases": (
        *(1433, 1434, 1521, 1522, 2638, 3050, 3306, 3307, 5000, 5236, 5432, 5433, 5984, 6379),
        *(6380, 7474, 7687, 8123, 8629, 9042, 9200, 9300, 11211, 27017, 27018, 28017, 50000, 54321),
    ),
    "middleware": (
        *(1099, 1883, 2181, 2375, 2376, 2379, 2380, 4369, 4444, 4560, 5044, 5555, 5601, 5671),
        *(5672, 6066, 6443, 6667, 7077, 7848, 8848, 8089, 8161, 9092, 9848, 9849, 10050, 10051),
        *(
            10250,
            10255,
            10256,
            11000,
            15672,
            15692,
            16010,
            18083,
            20880,
            50070,
            50075,
            61613,
            61616,
        ),
    ),
    "video": (37777, 34567, 8200, 8899, 9527, 10554),
}


def curated() -> str:
    """The ports as nmap takes them, ascending, each once."""
    return ",".join(str(port) for port in sorted({p for ports in GROUPS.values() for p in ports}))


def holds(ports: str, number: int) -> bool:
    """True where a list such as ``22,80,8000-8100`` holds the port."""
    spans = (part.partition("-") for part in ports.split(",") if part)
    return any(int(first) <= number <= int(last or first) for first, _, last in spans)
