"""This host in its network: name, interfaces, RDMA devices, ports that are listened on."""

from __future__ import annotations

import re
import socket
from typing import Any, Final

from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World

_LISTEN: Final = "0A"
_BUNDLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
_KINDS: Final = (
    ("loopback", r"lo\d*$"),
    ("bridge", r"(docker|br-|virbr|cni|flannel|podman|lxcbr|lxdbr)"),
    ("tunnel", r"(tun|tap|wg|utun|tailscale|zt|vxlan|cali|veth|kube-ipvs|nodelocaldns)"),
    ("infiniband", r"ib\w*\d"),
    ("wireless", r"wl"),
)


def _hostname(world: World) -> Answer:
    for path in ("/proc/sys/kernel/hostname", "/etc/hostname"):
        if text := world.text_or(path).strip():
            return Answer(text, path)
    name = world.env.get("COMPUTERNAME") or world.env.get("HOSTNAME")
    if not name:
        raise NoAnswer("nobody says")
    return Answer(name, "environment")


def _hostname_addresses(world: World) -> Answer:
    name = str(_hostname(world).value)
    hosts = _in_hosts_file(world, name)
    if hosts:
        return Answer(hosts, "/etc/hosts")
    if world.at("/") != world.at("/").resolve() or str(world.at("/")) != "/":
        raise NoAnswer("only the running system resolves names")
    try:
        found = socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return Answer([], "the resolver")
    return Answer(list(dict.fromkeys(str(row[4][0]) for row in found)), "the resolver")


def _in_hosts_file(world: World, name: str) -> list[str]:
    rows = (line.partition("#")[0].split() for line in world.text_or("/etc/hosts").splitlines())
    return [row[0] for row in rows if name in row[1:]]


def _interfaces(world: World) -> Answer:
    folder = "/sys/class/net"
    names = world.names(folder)
    if not names:
        raise NoAnswer("no such folder")
    addresses = world.once("care.addresses", lambda: _addresses(world))
    rows = []
    for name in names:
        if name == "bonding_masters":
            continue
        state = world.text_or(f"{folder}/{name}/operstate").strip()
        speed = world.text_or(f"{folder}/{name}/speed").strip()
        kind = _kind(world, name)
        rows.append(
            {
                "name": name,
                "up": state == "up" or (state == "unknown" and kind in {"loopback", "tunnel"}),
                "addresses": addresses.get(name, []),
                "kind": kind,
                "speed_mbps": int(speed) if speed.isdigit() else None,
            }
        )
    return Answer(rows, folder)


def _kind(world: World, name: str) -> str:
    for kind, form in _KINDS:
        if re.match(form, name):
            return kind
    # ARPHRD_INFINIBAND of the kernel's if_arp.h.
    if world.text_or(f"/sys/class/net/{name}/type").strip() == "32":
        return "infiniband"
    return "ethernet"


def _addresses(world: World) -> dict[str, list[str]]:
    """Return interface -> addresses, as ``ip`` says or, without it, the routing table."""
    found: dict[str, list[str]] = {}
    try:
        text = world.command("ip", "-o", "addr", "show")
    except NoAnswer:
        return _addresses_by_routes(world)
    for line in text.splitlines():
        if match := re.match(r"\d+:\s+(\S+?)(?:@\S+)?\s+inet6?\s+([\da-fA-F.:]+)/", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def _addresses_by_routes(world: World) -> dict[str, list[str]]:
    local = re.findall(r"\|--\s+([\d.]+)\n\s+/32 host LOCAL", world.text("/proc/net/fib_trie"))
    routes = [line.split() for line in world.text("/proc/net/route").splitlines()[1:]]
    found: dict[str, list[str]] = {}
    for address in dict.fromkeys(local):
        number = int.from_bytes(bytes(int(part) for part in address.split(".")), "little")
        for row in routes:
            mask, network = int(row[7], 16), int(row[1], 16)
            if mask and number & mask == network:
                found.setdefault(row[0], []).append(address)
                break
        else:
            if address.startswith("127."):
                found.setdefault("lo", []).append(address)
    return found


def _infiniband(world: World) -> Answer:
    folder = "/sys/class/infiniband"
    rows: list[dict[str, Any]] = []
    for name in world.names(folder):
        port = f"{folder}/{name}/ports/1"
        # "4: ACTIVE"
        state = world.text_or(f"{port}/state").strip().rpartition(": ")[2].lower()
        link = world.text_or(f"{port}/link_layer").strip()
        rows.append({"name": name, "state": state or None, "link": link or None})
    return Answer(rows, folder)


def _listening(world: World) -> Answer:
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for path, width in (("/proc/net/tcp", 8), ("/proc/net/tcp6", 32)):
        for line in world.text_or(path).splitlines()[1:]:
            parts = line.split()
            if len(parts) < 10 or parts[3] != _LISTEN:
                continue
            place, _, port = parts[1].partition(":")
            address = _address(place, width)
            row = {"port": int(port, 16), "address": address, "program": None}
            rows[int(port, 16), address] = row
    if not rows and not world.text_or("/proc/net/tcp"):
        raise NoAnswer("no such file")
    return Answer(list(rows.values()), "/proc/net/tcp")


def _address(text: str, width: int) -> str:
    """Return an address of /proc/net/tcp: words of four bytes in the processor's order."""
    raw = b"".join(bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, width, 8))
    family = socket.AF_INET if width == 8 else socket.AF_INET6
    return socket.inet_ntop(family, raw)


def _ca_bundles(world: World) -> Answer:
    """Return the files that programs are told to check certificates against."""
    found = [(name, world.env.get(name, "").strip()) for name in _BUNDLES]
    rows = [
        {"name": name, "path": path, "exists": world.exists(path)} for name, path in found if path
    ]
    return Answer(rows, "environment")


SOURCES: Sources = {
    "network.hostname": (Source("/proc/sys/kernel/hostname", _hostname),),
    "network.hostname_addresses": (Source("/etc/hosts", _hostname_addresses),),
    "network.interfaces": (Source("/sys/class/net", _interfaces, LINUX),),
    "network.infiniband": (
        absent_on("macos", "windows"),
        Source("/sys/class/infiniband", _infiniband, LINUX),
    ),
    "network.ca_bundles": (Source("environment", _ca_bundles),),
    "network.listening": (Source("/proc/net/tcp", _listening, LINUX),),
}
