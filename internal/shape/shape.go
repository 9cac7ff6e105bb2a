package shape

// Kind is the kind of value that a Shape describes.
type Kind uint8

// The kinds that occur in the IAM and STS models, with the Go type that
// carries each in a generated struct.
const (
	Structure Kind = iota // struct, or pointer to one as a member
	List                  // slice; nil is absent, empty is a present empty list
	Map                   // map with string keys
	String                // string
	Integer               // int32
	Boolean               // bool
	Timestamp             // time.Time, whole seconds on the wire
	Blob                  // []byte, base64 on the wire
)

// Shape describes one type of a service model.
//
// Min and Max bound the number of characters (Unicode code points) of a String,
// bytes of a Blob, elements of a List or Map, or the value of an Integer; each
// holds only where HasMin or HasMax says so.
type Shape struct {
	Name   string
	Kind   Kind
	HasMin bool
	HasMax bool
	// Sensitive marks a value that is a credential or reveals one: it must
	// appear in no error, log or audit event.
	Sensitive bool
	Min, Max  int64
	// Pattern is the model's regular expression (Java's syntax); Match decides
	// whether a whole string satisfies it. Both are zero when there is none.
	Pattern string
	Match   func(string) bool
	// Enum lists the permitted values in the model's order; empty permits all.
	Enum []string
	// Members are in the order of the fields of the Go struct.
	Members []Member
	// Elem is the shape of a List's elements or of a Map's values, Key that of
	// a Map's keys.
	Elem, Key *Shape
	// Union marks a structure of which exactly one member is to be present.
	Union bool
}

// Member is one member of a Structure. The member at index i is carried by
// field i of the Go struct.
type Member struct {
	// Name is the name on the wire; Field is that of the Go field, which
	// differs only in the case of its first letter.
	Name, Field string
	Shape       *Shape
	Required    bool
}

// Pagination names the members that page through a listing operation.
type Pagination struct {
	InputToken, OutputToken, LimitKey, MoreResults string
	ResultKeys                                     []string
}

// Operation describes one operation of a service.
type Operation struct {
	Service    string // "iam" or "sts"
	Name       string
	APIVersion string
	Namespace  string // XML namespace of the responses
	Input      *Shape
	Output     *Shape
	// ResultWrapper is the element around the output's members; it is empty for
	// an operation that returns nothing.
	ResultWrapper string
	// NewInput and NewOutput return a pointer to a new zero struct.
	NewInput, NewOutput func() any
	// Unsigned marks an operation that is called without a signature.
	Unsigned bool
	// ReadOnly is a default derived from the verb of the name.
	ReadOnly bool
	// Errors are the wire codes that the model declares.
	Errors     []string
	Pagination *Pagination
}

// Ptr returns a pointer to a copy of v.
func Ptr[T any](v T) *T { return &v }

// Value returns what p points at, or the zero value when p is nil.
func Value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
