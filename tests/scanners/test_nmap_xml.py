from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners._nmap_xml import End, Host, Task, check_file, read, told
from soc.errors import InputError

HOST = """<host endtime="1773795600"><status state="up" reason="{reason}"/>
<address addr="{address}" addrtype="ipv4"/>
<ports><extraports state="closed" count="3"/>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack"/>
<service name="http" product="nginx" version="1.14.2" tunnel="ssl">
<cpe>cpe:/a:igor_sysoev:nginx:1.14.2</cpe><cpe>cpe:/o:linux:linux_kernel</cpe></service>
<script id="http-title" output="\\xE5\\x8A\\x9E\\xE4\\xBA\\x8B"/></port></ports></host>"""
TIMED_OUT = """<host timedout="true"><status state="up" reason="arp-response"/>
<address addr="198.18.0.9" addrtype="ipv4"/></host>"""
TAIL = '<runstats><finished exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>'


def document(*parts: str) -> bytes:
    return ("<?xml version='1.0'?><!DOCTYPE nmaprun><nmaprun>" + "".join(parts)).encode()


def host(address: str = "198.18.0.1", reason: str = "syn-ack") -> str:
    return HOST.format(address=address, reason=reason)


def everything(raw: bytes) -> list[Host | Task | End]:
    return list(read(io.BytesIO(raw)))


def test_a_host_keeps_every_cpe_the_tls_flag_and_its_title() -> None:
    found, end = everything(document(host(), TAIL))

    assert isinstance(found, Host)
    port = found.ports[0]
    assert port.service.cpe == ("cpe:/a:igor_sysoev:nginx:1.14.2", "cpe:/o:linux:linux_kernel")
    assert (port.service.tls, port.scripts["http-title"], end) == (True, "办事", End(True))


def test_ports_that_nmap_only_counts_are_counted() -> None:
    found = everything(document(host(), TAIL))[0]

    assert isinstance(found, Host)
    assert found.silent == {"closed": 3}


def test_progress_is_told() -> None:
    found = everything(document('<taskprogress task="SYN" percent="42.5"/>', TAIL))

    assert found[0] == Task("SYN", 42.5)


def test_a_scan_that_was_killed_gives_the_hosts_that_it_finished() -> None:
    raw = document(host(), host("198.18.0.2"))[:-40]

    *hosts, end = everything(raw)

    assert [h.address for h in hosts if isinstance(h, Host)] == ["198.18.0.1"]
    assert isinstance(end, End)
    assert not end.whole


def test_an_entity_bomb_is_refused_as_the_end() -> None:
    bomb = b'<!DOCTYPE nmaprun [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><nmaprun>&b;</nmaprun>'

    assert [type(found) for found in everything(bomb)] == [End]


@given(st.binary(max_size=400))
def test_any_bytes_end_with_exactly_one_end(raw: bytes) -> None:
    found = everything(raw)

    assert [isinstance(part, End) for part in found].count(True) == 1
    assert isinstance(found[-1], End)


@given(st.text(alphabet=st.characters(min_codepoint=0x80, codec="utf-8"), max_size=20))
def test_utf8_titles_are_read_back(title: str) -> None:
    escaped = "".join(f"\\x{byte:02X}" for byte in title.encode())

    assert told(escaped) == title


def test_a_gb18030_title_is_read_back() -> None:
    escaped = "".join(f"\\x{byte:02X}" for byte in "区教育局".encode("gb18030"))

    assert told(f"<{escaped}>") == "<区教育局>"


def test_a_file_that_is_no_nmap_xml_is_refused_with_its_name() -> None:
    with pytest.raises(InputError, match=r"result\.xml: no <nmaprun>"):
        check_file("result.xml", io.BytesIO(b"<html></html>"))


def test_of_a_certificate_the_parts_are_kept_that_its_print_leaves_out() -> None:
    script = (
        '<script id="ssl-cert" output="Subject: commonName=x">'
        '<table key="subject"><elem key="commonName">login.example</elem></table>'
        '<table key="pubkey"><elem key="type">rsa</elem><elem key="bits">1024</elem></table>'
        '<elem key="sig_algo">sha1WithRSAEncryption</elem>'
        '<table key="validity"><elem key="notAfter">2021-01-01T00:00:00</elem></table></script>'
    )
    raw = document(host().replace("</port>", f"{script}</port>"), TAIL)

    found = everything(raw)[0]

    assert isinstance(found, Host)
    kept = {k: v for k, v in found.ports[0].scripts.items() if k.startswith("ssl-cert.")}
    assert kept == {
        "ssl-cert.subject": "login.example",
        "ssl-cert.key_type": "rsa",
        "ssl-cert.key_bits": "1024",
        "ssl-cert.signature": "sha1WithRSAEncryption",
        "ssl-cert.not_after": "2021-01-01T00:00:00",
    }
