package oidc

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// metadata are addresses under which clouds hand credentials to their machines,
// beside those of the link-local networks.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("fd20:ce::254"),    // Google Cloud
	netip.MustParseAddr("100.100.100.200"), // Alibaba Cloud
	netip.MustParseAddr("192.0.0.192"),     // Oracle Cloud
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("255.255.255.255"), // nobody's: the broadcast address
}

// private are networks of an organization or a machine, beside those that
// netip knows.
var private = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"),  // shared address space, RFC 6598
	netip.MustParsePrefix("192.0.0.0/24"),   // IETF protocol assignments
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks, RFC 2544
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved
	netip.MustParsePrefix("fec0::/10"),      // site-local addresses, RFC 3879
	netip.MustParsePrefix("64:ff9b:1::/48"), // translators of one's own, RFC 8215
	netip.MustParsePrefix("2001::/32"),      // Teredo, RFC 4380
}

var (
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
	nat64       = netip.MustParsePrefix("64:ff9b::/96")
	translated  = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 2765
	compatible  = netip.MustParsePrefix("::/96")           // RFC 4291; :: and ::1 are none
	sixToFour   = netip.MustParsePrefix("2002::/16")
)

// errAddress says that an address may not be connected to.
var errAddress = errors.New("oidc: the address is not allowed")

// checkAddress refuses what no provider has: addresses of the local link, where
// clouds have their metadata services, and of groups; and, unless they are
// allowed, those of the machine itself and of private networks.
func checkAddress(a netip.Addr, allowPrivate bool) error {
	a = embedded(a.WithZone("").Unmap())
	if a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() || thisNetwork.Contains(a) {
		return fmt.Errorf("%w: %s", errAddress, a)
	}
	for _, m := range metadata {
		if a == m {
			return fmt.Errorf("%w: %s", errAddress, a)
		}
	}
	if allowPrivate {
		return nil
	}
	inside := a.IsLoopback() || a.IsPrivate()
	for _, p := range private {
		inside = inside || p.Contains(a)
	}
	if inside {
		return fmt.Errorf("%w: %s is not public (setting oidc-private-addresses)", errAddress, a)
	}
	return nil
}

// embedded gives the IPv4 address that an IPv6 address of a translator or
// tunnel leads to.
func embedded(a netip.Addr) netip.Addr {
	b := a.As16()
	switch {
	case nat64.Contains(a), translated.Contains(a), compatible.Contains(a) && !a.IsUnspecified() && !a.IsLoopback():
		return netip.AddrFrom4([4]byte(b[12:]))
	case sixToFour.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// guard is asked for every connection, with the address that the name has led
// to: a name that leads elsewhere a moment later gains nothing.
func guard(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", errAddress, address)
		}
		a, err := netip.ParseAddr(host)
		if err != nil {
			return fmt.Errorf("%w: %s", errAddress, address)
		}
		return checkAddress(a, allowPrivate)
	}
}
