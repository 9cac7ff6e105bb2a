package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

type ref struct {
	Shape         string `json:"shape"`
	ResultWrapper string `json:"resultWrapper"`
}

type modelShape struct {
	Type      string         `json:"type"`
	Members   map[string]ref `json:"members"`
	Required  []string       `json:"required"`
	Min       *int64         `json:"min"`
	Max       *int64         `json:"max"`
	Pattern   string         `json:"pattern"`
	Enum      []string       `json:"enum"`
	Sensitive bool           `json:"sensitive"`
	Union     bool           `json:"union"`
	Member    ref            `json:"member"`
	Key       ref            `json:"key"`
	Value     ref            `json:"value"`
	Exception bool           `json:"exception"`
	Error     *struct {
		Code           string `json:"code"`
		HTTPStatusCode int    `json:"httpStatusCode"`
	} `json:"error"`
}

type modelOperation struct {
	Name     string `json:"name"`
	Input    *ref   `json:"input"`
	Output   *ref   `json:"output"`
	Errors   []ref  `json:"errors"`
	AuthType string `json:"authtype"`
}

type pagination struct {
	InputToken  string `json:"input_token"`
	OutputToken string `json:"output_token"`
	LimitKey    string `json:"limit_key"`
	MoreResults string `json:"more_results"`
	ResultKey   any    `json:"result_key"`
}

type model struct {
	Metadata struct {
		APIVersion   string `json:"apiVersion"`
		XMLNamespace string `json:"xmlNamespace"`
	} `json:"metadata"`
	Operations map[string]*modelOperation `json:"operations"`
	Pagination map[string]pagination      `json:"pagination"`
	Shapes     map[string]*modelShape     `json:"shapes"`
	// Additions: members of existing structures.
	Members map[string]map[string]ref `json:"members"`
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// loadModel reads the model of a service, merges its additions, if any, and
// marks the shapes of sensitive.json. An addition that already exists is an
// error: the newer model then replaces it.
func loadModel(dir, service string) (*model, error) {
	m := &model{}
	if err := readJSON(filepath.Join(dir, service+".json"), m); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, service+"-additions.json")
	if _, err := os.Stat(path); err == nil {
		add := &model{}
		if err := readJSON(path, add); err != nil {
			return nil, err
		}
		if err := m.merge(add); err != nil {
			return nil, err
		}
	}
	var sensitive map[string]any
	if err := readJSON(filepath.Join(dir, "sensitive.json"), &sensitive); err != nil {
		return nil, err
	}
	names, _ := sensitive[service].([]any)
	for _, n := range names {
		name, _ := n.(string)
		s := m.Shapes[name]
		if s == nil || s.Sensitive {
			return nil, fmt.Errorf("sensitive.json: %s %q is unknown or already marked", service, name)
		}
		s.Sensitive = true
	}
	return m, nil
}

func (m *model) merge(add *model) error {
	for name, s := range add.Shapes {
		if m.Shapes[name] != nil {
			return fmt.Errorf("addition: shape %s exists", name)
		}
		m.Shapes[name] = s
	}
	for name, op := range add.Operations {
		if m.Operations[name] != nil {
			return fmt.Errorf("addition: operation %s exists", name)
		}
		m.Operations[name] = op
	}
	for shapeName, members := range add.Members {
		for name, r := range members {
			s := m.Shapes[shapeName]
			if s == nil {
				return fmt.Errorf("addition: no shape %s", shapeName)
			}
			if _, ok := s.Members[name]; ok {
				return fmt.Errorf("addition: %s.%s exists", shapeName, name)
			}
			s.Members[name] = r
		}
	}
	return nil
}

// wireCode is the error code of an exception shape; those without an explicit
// one use the shape's name.
func (m *model) wireCode(shape string) string {
	if e := m.Shapes[shape].Error; e != nil && e.Code != "" {
		return e.Code
	}
	return shape
}

func (m *model) statuses() map[string]int {
	out := map[string]int{}
	for name, s := range m.Shapes {
		if !s.Exception {
			continue
		}
		status := 400
		if s.Error != nil && s.Error.HTTPStatusCode != 0 {
			status = s.Error.HTTPStatusCode
		}
		out[m.wireCode(name)] = status
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
