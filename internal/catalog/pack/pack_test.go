package pack

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"strings"
	"testing"
)

func sample() []Service {
	return []Service{
		{Prefix: "a", Name: "A service", Sets: make([][]int, 1), Lists: make([][]Use, 1), Actions: []Action{{Name: "Do", Level: 'W'}}},
		{
			Prefix: "b", Name: "B", Keys: []Key{{"b:k", 's', false}, {"b:tags/${TagKey}", 'a', true}},
			Sets:      [][]int{nil, {0, 1}, {1}},
			Resources: []Resource{{"stream group", "arn:${Partition}:b:::x/${X}", 1}},
			Lists:     [][]Use{nil, {{0, true, 2}}, {{0, false, 0}}},
			Actions:   []Action{{"Get", 'R', 0, 1}, {"Put", 'P', 1, 2}},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	file, err := Encode("1.2", sample())
	if err != nil {
		t.Fatal(err)
	}
	version, got, err := Decode(string(file))
	if err != nil || version != "1.2" || !reflect.DeepEqual(got, sample()) {
		t.Errorf("%v %q %+v", err, version, got)
	}
	again, err := Encode("1.2", sample())
	if err != nil || !bytes.Equal(file, again) {
		t.Errorf("%v: other bytes", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Service){
		"no sets":         func(s *Service) { s.Sets = nil },
		"no lists":        func(s *Service) { s.Lists = nil },
		"first set":       func(s *Service) { s.Sets[0] = []int{0} },
		"set":             func(s *Service) { s.Sets[1] = []int{2} },
		"negative":        func(s *Service) { s.Sets[1] = []int{-1} },
		"key type":        func(s *Service) { s.Keys[0].Type = 'x' },
		"key name":        func(s *Service) { s.Keys[0].Name = "" },
		"resource":        func(s *Service) { s.Resources[0].ARN = "" },
		"resource's tab":  func(s *Service) { s.Resources[0].ARN = "a\tb" },
		"resource's set":  func(s *Service) { s.Resources[0].Set = 3 },
		"list's resource": func(s *Service) { s.Lists[1][0].Resource = 1 },
		"list's set":      func(s *Service) { s.Lists[1][0].Set = 3 },
		"level":           func(s *Service) { s.Actions[0].Level = 'x' },
		"action's name":   func(s *Service) { s.Actions[0].Name = "" },
		"action's set":    func(s *Service) { s.Actions[0].Set = 3 },
		"action's list":   func(s *Service) { s.Actions[0].List = 3 },
		"prefix":          func(s *Service) { s.Prefix = "" },
	} {
		services := sample()
		spoil(&services[1])
		if _, err := Encode("1", services); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDecodeRefuses(t *testing.T) {
	const good = "catalogue 1 v\nSa\tA\nKsa:k\ns0\nR1\tr\tarn:x\nu0!1\nARGet\t1\t1\n"
	if _, s, err := Decode(packed(t, good)); err != nil || len(s) != 1 {
		t.Fatal(err, s)
	}
	for _, bad := range []string{
		"", "x", "catalogue 2 v\n", "catalogue 1 v\nKsa:k\n", "catalogue 1 v\nSa\n", "catalogue 1 v\nS\tA\n", good + "\n", good + "x", good + "Xx\n", good + "K\n", good + "Kx\n",
		good + "Kqa:k\n", good + "s\n", good + "s1\n", good + "s0 \n", good + "s0 -1\n", good + "R\n", good + "R1\tr\n", good + "R9\tr\ta\n", good + "R1\t\ta\n", good + "u\n", good + "u0\n",
		good + "u9!0\n", good + "u0!9\n", good + "u0!0 \n", good + "A\n", good + "AR\n", good + "AXa\t0\t0\n", good + "ARa\t9\t0\n", good + "ARa\t0\t9\n", good + "ARa\t0\n", good + "ARa\t0\t0\t0\n",
		good + "ARa\t99999999999999999999\t0\n",
	} {
		if _, _, err := Decode(packed(t, bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	file := packed(t, good)
	for i := range file {
		if _, _, err := Decode(file[:i]); err == nil {
			t.Errorf("the first %d bytes are taken", i)
		}
		damaged := []byte(file)
		damaged[i] ^= 0x10
		if _, _, err := Decode(string(damaged)); err == nil && i > 9 { // the header's flags, time and system aren't summed up
			t.Errorf("byte %d: not seen", i)
		}
	}
	if _, _, err := Decode(file + file); err == nil {
		t.Error("two files are taken")
	}
	if _, _, err := Decode(packed(t, good+strings.Repeat("Ksa:k\n", maxText/6))); err == nil {
		t.Error("too much text is taken")
	}
}

func FuzzDecode(f *testing.F) {
	file, err := Encode("1", sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file, "")
	f.Add([]byte{}, "catalogue 1 v\nSa\tA\nKsa:k\ns0\nR1\tr\tarn:x\nu0!1\nARGet\t1\t1\n")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		Decode(string(file))
		_, services, err := Decode(packed(t, text))
		if err != nil {
			return
		}
		for _, s := range services { // every place is in range
			for _, set := range s.Sets {
				for _, k := range set {
					_ = s.Keys[k]
				}
			}
			for _, r := range s.Resources {
				_ = s.Sets[r.Set]
			}
			for _, list := range s.Lists {
				for _, u := range list {
					_, _ = s.Resources[u.Resource], s.Sets[u.Set]
				}
			}
			for _, a := range s.Actions {
				_, _ = s.Sets[a.Set], s.Lists[a.List]
			}
		}
	})
}
