package wire

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"time"

	"github.com/aratame/aratame/internal/shape"
)

// setScalar parses text as the shape demands and returns the constraints that
// it fails. Text of the wrong form is a MalformedInput error, which doesn't
// repeat it.
func setScalar(s *shape.Shape, v reflect.Value, name, text string) ([]string, error) {
	switch s.Kind {
	case shape.String:
		v.SetString(text)
		return stringTexts(s, text), nil
	case shape.Integer:
		n, ok := parseInt(text)
		if !ok {
			return nil, malformed(name, "the value is not an integer")
		}
		v.SetInt(n)
		return valueTexts(s, n), nil
	case shape.Boolean:
		switch text {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return nil, malformed(name, "the value is neither true nor false")
		}
		return nil, nil
	case shape.Timestamp:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, malformed(name, "the value is not a date and time")
		}
		v.Set(reflect.ValueOf(t.UTC()))
		return nil, nil
	case shape.Blob:
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, malformed(name, "the value is not base64")
		}
		v.SetBytes(b)
		return lengthTexts(s, int64(len(b)), nil), nil
	}
	return nil, malformed(name, "the value has no form that can be read")
}

// parseInt reads a 32-bit decimal number: an optional sign and digits only.
func parseInt(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return n, err == nil
}
