// Package awserr is the one error type that may reach a client: an AWS error
// code with a message that is safe to show. Whatever is not an *Error becomes
// a 500 whose detail goes to the log alone, under the request id.
package awserr

import (
	"errors"
	"fmt"
)

// An Error is an answer in AWS's terms.
type Error struct {
	// Code is the code on the wire, such as "NoSuchEntity".
	Code string
	// Message is shown to the client; it never holds a secret.
	Message string
	// Status is the HTTP status, or 0 to take it from the generated table.
	Status int
	// Cause is for the log only.
	Cause error
}

// New returns an Error whose status comes from the generated table.
func New(code, message string) *Error { return &Error{Code: code, Message: message} }

// Newf is New with a formatted message.
func Newf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error returns "Code: Message"; the cause stays out of it.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.Cause }

// From returns err as an *Error. Anything that is none becomes an
// InternalFailure (HTTP 500) which carries err as its cause only. From(nil) is
// nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{
		Code:    "InternalFailure",
		Message: "The request processing has failed because of an unknown error, exception or failure.",
		Status:  500,
		Cause:   err,
	}
}

// Is reports whether err carries the given code.
func Is(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
