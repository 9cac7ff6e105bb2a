package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// decimal is a number of any size and precision, kept as text: digits hold the
// mantissa, perhaps with a point, from the first digit that isn't zero.
type decimal struct {
	negative bool
	digits   string // "" is zero
	exponent int    // value = ±0.DIGITS × 10^exponent
}

// parseDecimal reads an optionally signed decimal with an optional exponent of
// at most six digits.
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e := s[i+1:]
		if len(e) > 7 {
			return d, false
		}
		n, err := strconv.Atoi(e)
		if err != nil {
			return d, false
		}
		d.exponent, s = n, s[:i]
	}
	point, first, count := -1, -1, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && point < 0:
			point = i
		case '0' <= c && c <= '9':
			count++
			if first < 0 && c != '0' {
				first = i
			}
		default:
			return d, false
		}
	}
	if count == 0 {
		return d, false
	}
	if first < 0 {
		return decimal{}, true
	}
	if point < 0 {
		point = len(s)
	}
	d.digits = s[first:]
	if d.exponent += point - first; first > point {
		d.exponent++ // the point itself isn't a digit
	}
	return d, true
}

// compare returns the sign of d − e.
func (d decimal) compare(e decimal) int {
	sign := 1
	switch {
	case d.digits == "" && e.digits == "":
		return 0
	case d.digits == "":
		if e.negative {
			return 1
		}
		return -1
	case e.digits == "" || d.negative != e.negative:
		if d.negative {
			return -1
		}
		return 1
	case d.negative:
		sign = -1
	}
	if d.exponent != e.exponent {
		if d.exponent > e.exponent {
			return sign
		}
		return -sign
	}
	a, b := d.digits, e.digits
	for a != "" || b != "" {
		var x, y byte
		x, a = nextDigit(a)
		y, b = nextDigit(b)
		if x != y {
			if x > y {
				return sign
			}
			return -sign
		}
	}
	return 0
}

func nextDigit(s string) (byte, string) {
	if s != "" && s[0] == '.' {
		s = s[1:]
	}
	if s == "" {
		return '0', ""
	}
	return s[0], s[1:]
}

// instant is a moment in seconds since 1970 and nanoseconds. Its range is
// larger than that of time.Time's methods.
type instant struct {
	sec  int64
	nsec int32
}

func (a instant) compare(b instant) int {
	switch {
	case a.sec != b.sec && a.sec < b.sec || a.sec == b.sec && a.nsec < b.nsec:
		return -1
	case a == b:
		return 0
	}
	return 1
}

// The years that IAM accepts.
const (
	minYear = -292275054
	maxYear = 292278993
)

// parseInstant reads seconds since 1970, or the forms of ISO 8601 that IAM
// accepts: year, year-month, year-month-day; after a T hours, minutes, seconds
// and up to nine digits of a fraction; Z, ±hh, ±hh:mm or ±hhmm. Four digits
// are a year, any other number of digits is seconds, and a negative integer is
// a year.
func parseInstant(s string) (instant, bool) {
	negative := strings.HasPrefix(s, "-")
	body := strings.TrimPrefix(s, "-")
	n := digitsAt(body)
	if n == 0 {
		return instant{}, false
	}
	if n == len(body) && n != 4 && !negative {
		sec, err := strconv.ParseInt(body, 10, 64)
		return instant{sec: sec}, err == nil
	}
	if n > 9 {
		return instant{}, false
	}
	year, _ := strconv.Atoi(body[:n])
	if negative {
		year = -year
	}
	if year < minYear || year > maxYear {
		return instant{}, false
	}
	month, day := 1, 1
	rest := body[n:]
	ok := true
	if strings.HasPrefix(rest, "-") {
		month, rest, ok = two(rest[1:], 1, 12)
		if ok && strings.HasPrefix(rest, "-") {
			day, rest, ok = two(rest[1:], 1, daysIn(year, month))
		}
	}
	if !ok {
		return instant{}, false
	}
	sec := daysSince1970(year, month, day) * 86400
	if rest == "" {
		return instant{sec: sec}, true
	}
	if rest[0] != 'T' && rest[0] != 't' {
		return instant{}, false
	}
	clock, nsec, ok := parseClock(rest[1:])
	return instant{sec: sec + clock, nsec: nsec}, ok
}

// parseClock reads time and zone and returns the seconds to add to midnight UTC.
func parseClock(s string) (sec int64, nsec int32, ok bool) {
	scale := int64(3600)
	for i := 0; i < 3 && digitsAt(s) > 0; i++ {
		limit := 59
		if i == 0 {
			limit = 23
			if digitsAt(s) == 1 {
				s = "0" + s // recorded: IAM accepts an hour of one digit
			}
		}
		var v int
		if v, s, ok = two(s, 0, limit); !ok {
			return 0, 0, false
		}
		sec += int64(v) * scale
		scale /= 60
		if i == 2 {
			if s != "" && (s[0] == '.' || s[0] == ',') {
				n := digitsAt(s[1:])
				if n == 0 || n > 9 {
					return 0, 0, false
				}
				f, _ := strconv.Atoi((s[1:1+n] + "000000000")[:9])
				nsec, s = int32(f), s[1+n:]
			}
			break
		}
		if !strings.HasPrefix(s, ":") {
			break
		}
		if s = s[1:]; digitsAt(s) == 0 {
			return 0, 0, false
		}
	}
	if s == "" || s == "Z" || s == "z" {
		return sec, nsec, true
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, 0, false
	}
	east := s[0] == '+'
	h, s, ok := two(s[1:], 0, 23)
	m := 0
	if ok && s != "" {
		m, s, ok = two(strings.TrimPrefix(s, ":"), 0, 59)
	}
	if !ok || s != "" {
		return 0, 0, false
	}
	offset := int64(h*3600 + m*60)
	if east {
		offset = -offset
	}
	return sec + offset, nsec, true
}

func digitsAt(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// two reads a number of exactly two digits within bounds; two more may follow,
// as in +0900.
func two(s string, low, high int) (int, string, bool) {
	if n := digitsAt(s); n != 2 && n != 4 {
		return 0, s, false
	}
	v := int(s[0]-'0')*10 + int(s[1]-'0')
	return v, s[2:], low <= v && v <= high
}

func daysIn(year, month int) int {
	return time.Date(2000+((year%400)+400)%400, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// daysSince1970 counts in the proleptic Gregorian calendar, by the 400-year
// cycle of 146097 days.
func daysSince1970(year, month, day int) int64 {
	cycles := (year - 2000) / 400
	within := (year - 2000) % 400
	if within < 0 {
		within += 400
		cycles--
	}
	return int64(cycles)*146097 + time.Date(2000+within, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix()/86400
}

// parseAddress reads an IP address without a zone. An IPv4 address in IPv6
// clothes is the IPv4 address: it mustn't slip past a rule about the latter.
func parseAddress(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// parseNetwork reads a CIDR block or a single address.
func parseNetwork(s string) (netip.Prefix, bool) {
	text, length, ok := strings.Cut(s, "/")
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	bits := a.BitLen()
	if ok {
		n, err := strconv.ParseUint(length, 10, 8)
		if err != nil || int(n) > bits || strconv.FormatUint(n, 10) != length {
			return netip.Prefix{}, false
		}
		bits = int(n)
	}
	if a.Is4In6() && bits >= 96 {
		a, bits = a.Unmap(), bits-96
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

// parseBool reads true or false in any letter case.
func parseBool(s string) (value, ok bool) {
	if equalFolded(s, "true") {
		return true, true
	}
	return false, equalFolded(s, "false")
}

// isBase64 reports whether s is base64 in the one canonical form, so that
// equal bytes mean equal text.
func isBase64(s string) bool {
	if len(s)%4 != 0 {
		return false
	}
	body := strings.TrimRight(s, "=")
	pad := len(s) - len(body)
	if pad > 2 {
		return false
	}
	last := 0
	for i := range len(body) {
		switch c := body[i]; {
		case 'A' <= c && c <= 'Z':
			last = int(c - 'A')
		case 'a' <= c && c <= 'z':
			last = int(c-'a') + 26
		case '0' <= c && c <= '9':
			last = int(c-'0') + 52
		case c == '+':
			last = 62
		case c == '/':
			last = 63
		default:
			return false
		}
	}
	return pad == 0 || pad == 1 && last&3 == 0 || pad == 2 && last&15 == 0
}
