package oidc

import (
	"net/netip"
	"testing"
)

func TestAddresses(t *testing.T) {
	const public, private, never = "public", "private", "never"
	for address, want := range map[string]string{
		"140.82.112.3": public, "2606:4700::1111": public, "8.8.8.8": public, "172.32.0.1": public, "100.63.0.1": public,
		"127.0.0.1": private, "127.9.9.9": private, "::1": private, "10.0.0.1": private, "172.16.0.1": private,
		"192.168.49.2": private, "fd12::1": private, "100.64.0.1": private, "198.18.0.1": private, "::ffff:127.0.0.1": private,
		"64:ff9b::7f00:1": private, "2002:7f00:1::": private, "240.0.0.1": private,
		"169.254.169.254": never, "169.254.170.2": never, "169.254.0.1": never, "::ffff:169.254.169.254": never, "fe80::1": never, "fe80::1%lo": never,
		"fd00:ec2::254": never, "fd20:ce::254": never, "100.100.100.200": never, "192.0.0.192": never, "168.63.129.16": never,
		"0.0.0.0": never, "0.1.2.3": never, "::": never, "224.0.0.1": never, "ff02::1": never, "255.255.255.255": never,
		"fec0::1": private, "64:ff9b:1::a00:1": private, "2001:0:4136:e378::1": private, "2001:4860:4860::8888": public,
		"::ffff:0:7f00:1": private, "::ffff:0:808:808": public, "::a00:1": private, "::ffff:0:a9fe:a9fe": never, "::a9fe:a9fe": never,
		"64:ff9b::a9fe:a9fe": never, "2002:a9fe:a9fe::1": never,
	} {
		a := netip.MustParseAddr(address)
		strict, loose := checkAddress(a, false) == nil, checkAddress(a, true) == nil
		got := never
		switch {
		case strict && loose:
			got = public
		case loose:
			got = private
		}
		if got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}

func TestCheckIssuer(t *testing.T) {
	for url, want := range map[string]bool{
		"https://issuer.test": true, "https://issuer.test/": true, "https://issuer.test/a/b": true, "https://127.0.0.1:8443": true,
		"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC": true, "https://[::1]:8443/x": true,
		"http://issuer.test": false, "issuer.test": false, "https://": false, "https:///x": false, "https://issuer.test?x=1": false,
		"https://issuer.test?": false, "https://issuer.test#f": false, "https://u@issuer.test": false, "https://u:p@issuer.test": false,
		"https://issuer.test/a b": false, "https://issuer.test/\n": false, "https://issuer.test/é": false, "ftp://issuer.test": false,
		"https://issuer.test:port": false, "HTTPS://issuer.test": false,
	} {
		if got := CheckIssuer(url); got != want {
			t.Errorf("%q: %v", url, got)
		}
	}
}
