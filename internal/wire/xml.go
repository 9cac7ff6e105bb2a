package wire

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
)

// timeLayout is that of timestamps in XML: UTC, whole seconds.
const timeLayout = "2006-01-02T15:04:05Z"

// AppendXML appends the answer of op to dst: the response element in the
// service's namespace, the result (absent for an operation that returns
// nothing) and the request id. A nil member is left out; an empty list is an
// empty element. out is a pointer to the operation's output struct, or nil for
// an empty result; another type is an error.
//
// What XML 1.0 cannot carry (control characters, invalid UTF-8) becomes U+FFFD.
func AppendXML(dst []byte, op *shape.Operation, out any, requestID string) ([]byte, error) {
	v, err := structOf(out, op.NewOutput, op.Output)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '<')
	dst = append(dst, op.Name...)
	dst = append(dst, `Response xmlns="`...)
	dst = append(dst, op.Namespace...)
	dst = append(dst, `">`...)
	if op.ResultWrapper != "" {
		dst = append(dst, '<')
		dst = append(dst, op.ResultWrapper...)
		dst = append(dst, '>')
		if v.IsValid() {
			dst = appendXMLMembers(dst, op.Output, v)
		}
		dst = append(dst, "</"...)
		dst = append(dst, op.ResultWrapper...)
		dst = append(dst, '>')
	}
	dst = append(dst, "<ResponseMetadata><RequestId>"...)
	dst = appendXMLText(dst, requestID)
	dst = append(dst, "</RequestId></ResponseMetadata></"...)
	dst = append(dst, op.Name...)
	return append(dst, "Response>"...), nil
}

// AppendErrorXML appends the error document of a service to dst. A cause is
// never shown; a message that is empty has no element.
func AppendErrorXML(dst []byte, namespace string, e *awserr.Error, requestID string) []byte {
	dst = append(dst, `<ErrorResponse xmlns="`...)
	dst = appendXMLText(dst, namespace)
	dst = append(dst, `"><Error><Type>`...)
	dst = append(dst, faultOf(e)...)
	dst = append(dst, "</Type><Code>"...)
	dst = appendXMLText(dst, e.Code)
	dst = append(dst, "</Code>"...)
	if e.Message != "" {
		dst = append(dst, "<Message>"...)
		dst = appendXMLText(dst, e.Message)
		dst = append(dst, "</Message>"...)
	}
	dst = append(dst, "</Error><RequestId>"...)
	dst = appendXMLText(dst, requestID)
	return append(dst, "</RequestId></ErrorResponse>"...)
}

func appendXMLMembers(dst []byte, s *shape.Shape, v reflect.Value) []byte {
	p := planOf(s)
	for i := range p.fields {
		f := &p.fields[i]
		fv, ok := indirect(v.Field(i))
		if !ok {
			continue
		}
		dst = append(dst, f.open...)
		dst = appendXMLValue(dst, f.shape, fv)
		dst = append(dst, f.shut...)
	}
	return dst
}

func appendXMLValue(dst []byte, s *shape.Shape, v reflect.Value) []byte {
	switch s.Kind {
	case shape.Structure:
		return appendXMLMembers(dst, s, v)
	case shape.List:
		for i := range v.Len() {
			dst = append(dst, "<member>"...)
			dst = appendXMLValue(dst, s.Elem, v.Index(i))
			dst = append(dst, "</member>"...)
		}
		return dst
	case shape.Map:
		for _, k := range sortedMapKeys(v) {
			dst = append(dst, "<entry><key>"...)
			dst = appendXMLText(dst, k)
			dst = append(dst, "</key><value>"...)
			dst = appendXMLValue(dst, s.Elem, v.MapIndex(reflect.ValueOf(k)))
			dst = append(dst, "</value></entry>"...)
		}
		return dst
	case shape.String:
		return appendXMLText(dst, v.String())
	case shape.Integer:
		return strconv.AppendInt(dst, v.Int(), 10)
	case shape.Boolean:
		return strconv.AppendBool(dst, v.Bool())
	case shape.Timestamp:
		return timeOf(v).AppendFormat(dst, timeLayout)
	case shape.Blob:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes())
	}
	return dst
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return v.Addr().Interface().(*time.Time).UTC()
	}
	return v.Interface().(time.Time).UTC()
}

// appendXMLText appends s as character data, safe in an attribute too.
func appendXMLText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		var esc string
		size := 1
		c := s[i]
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '"':
			esc = "&#34;"
		case c == '\'':
			esc = "&#39;"
		case c == '\r':
			esc = "&#xD;" // a reader would turn a bare one into a line feed
		case c == '\t' || c == '\n':
		case c < ' ':
			esc = "\uFFFD"
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				esc = "\uFFFD"
			}
		}
		if esc != "" {
			dst = append(dst, s[start:i]...)
			dst = append(dst, esc...)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}
