package wire

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
)

// WantsJSON reports whether an Accept header asks for JSON: whether it names
// application/json before any XML type. Quality values are not weighed.
func WantsJSON(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(mediaType)) {
		case ContentTypeJSON:
			return true
		case ContentTypeXML, "application/xml":
			return false
		}
	}
	return false
}

// AppendJSON appends the JSON rendering of what AppendXML renders: the same
// names and nesting, timestamps as seconds of the Unix epoch, lists as arrays.
func AppendJSON(dst []byte, op *shape.Operation, out any, requestID string) ([]byte, error) {
	v, err := structOf(out, op.NewOutput, op.Output)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"`...)
	dst = append(dst, op.Name...)
	dst = append(dst, `Response":{`...)
	if op.ResultWrapper != "" {
		dst = append(dst, '"')
		dst = append(dst, op.ResultWrapper...)
		dst = append(dst, `":`...)
		if v.IsValid() {
			dst = appendJSONMembers(dst, op.Output, v, false)
		} else {
			dst = append(dst, "{}"...)
		}
		dst = append(dst, ',')
	}
	dst = append(dst, `"ResponseMetadata":{"RequestId":`...)
	dst = appendJSONString(dst, requestID)
	return append(dst, "}}}"...), nil
}

// AppendErrorJSON appends the JSON rendering of AppendErrorXML.
func AppendErrorJSON(dst []byte, e *awserr.Error, requestID string) []byte {
	dst = append(dst, `{"Error":{"Code":`...)
	dst = appendJSONString(dst, e.Code)
	dst = append(dst, `,"Message":`...)
	dst = appendJSONString(dst, e.Message)
	dst = append(dst, `,"Type":"`...)
	dst = append(dst, faultOf(e)...)
	dst = append(dst, `"},"RequestId":`...)
	dst = appendJSONString(dst, requestID)
	return append(dst, '}')
}

// appendJSONMembers appends a structure as an object. For an audit event names
// begin with a lower-case letter and sensitive members are hidden.
func appendJSONMembers(dst []byte, s *shape.Shape, v reflect.Value, audit bool) []byte {
	p := planOf(s)
	dst = append(dst, '{')
	empty := len(dst)
	for i := range p.fields {
		f := &p.fields[i]
		fv, ok := indirect(v.Field(i))
		if !ok {
			continue
		}
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		if audit {
			dst = append(dst, f.auditKey...)
		} else {
			dst = append(dst, f.key...)
		}
		dst = appendJSONValue(dst, f.shape, fv, audit)
	}
	return append(dst, '}')
}

func appendJSONValue(dst []byte, s *shape.Shape, v reflect.Value, audit bool) []byte {
	if audit && s.Sensitive {
		return append(dst, `"`+Hidden+`"`...)
	}
	switch s.Kind {
	case shape.Structure:
		return appendJSONMembers(dst, s, v, audit)
	case shape.List:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSONValue(dst, s.Elem, v.Index(i), audit)
		}
		return append(dst, ']')
	case shape.Map:
		dst = append(dst, '{')
		for i, k := range sortedMapKeys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSONString(dst, k)
			dst = append(dst, ':')
			dst = appendJSONValue(dst, s.Elem, v.MapIndex(reflect.ValueOf(k)), audit)
		}
		return append(dst, '}')
	case shape.String:
		return appendJSONString(dst, v.String())
	case shape.Integer:
		return strconv.AppendInt(dst, v.Int(), 10)
	case shape.Boolean:
		return strconv.AppendBool(dst, v.Bool())
	case shape.Timestamp:
		t := timeOf(v)
		if audit {
			dst = append(dst, '"')
			dst = t.AppendFormat(dst, auditTimeLayout)
			return append(dst, '"')
		}
		return strconv.AppendInt(dst, t.Unix(), 10)
	case shape.Blob:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"')
	}
	return append(dst, "null"...)
}

const hexDigits = "0123456789abcdef"

// appendJSONString appends s quoted. Invalid UTF-8 becomes U+FFFD; the line
// separators that JavaScript minds and the characters that HTML minds are
// escaped.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 0x7F {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[start:i]...)
			switch r {
			case '\u2028':
				dst = append(dst, `\u2028`...)
			case '\u2029':
				dst = append(dst, `\u2029`...)
			default:
				dst = append(dst, `\ufffd`...)
			}
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
