package store

import (
	"errors"
	"fmt"
	"strings"
)

// The outcomes a caller tells apart; see [Store] for what each leaves behind.
var (
	ErrConflict    = errors.New("store: the unit has changed since it was read")
	ErrClaimed     = errors.New("store: the name is held by another unit")
	ErrUnknown     = errors.New("store: the outcome of the write is unknown")
	ErrUnavailable = errors.New("store: unavailable")
	ErrNotFound    = errors.New("store: not found")
	ErrInvalid     = errors.New("store: invalid call")
	// ErrDamaged means that stored bytes are not what was written. Nothing is
	// guessed and nothing is repaired: restore a backup.
	ErrDamaged = errors.New("store: stored data is damaged")
)

// ClaimedError names the claim of a batch that another unit holds. It matches
// [ErrClaimed]; retrying without changing the batch is of no use.
type ClaimedError struct{ Name string }

func (e *ClaimedError) Error() string { return fmt.Sprintf("%v: %q", ErrClaimed, e.Name) }

// Is makes the error match ErrClaimed.
func (e *ClaimedError) Is(target error) bool { return target == ErrClaimed }

// Problem classifies why a store refuses to open.
type Problem int

// What an [OpenError] can be about.
const (
	ProblemMissing    Problem = iota + 1 // no store there, and none was to be created
	ProblemInUse                         // another process holds the directory
	ProblemForeign                       // the file is not a database of this program
	ProblemFormat                        // written by another version of this program
	ProblemDamaged                       // truncated or corrupt
	ProblemReadOnly                      // the directory or file can't be written
	ProblemDiskFull                      // no space left
	ProblemPermission                    // the operating system denies access
	ProblemOther                         // any other failure of the operating system or engine
)

// OpenError is a refusal to open a store. Error is one line for the person who
// starts the program: which path, what is wrong, what to do. A refusal leaves
// the files as they were.
type OpenError struct {
	Problem Problem
	Path    string
	What    string // what is wrong
	Advice  string // what to do about it
	Cause   error  // may be nil
}

func (e *OpenError) Error() string {
	s := fmt.Sprintf("store %s: %s", e.Path, e.What)
	if e.Cause != nil {
		s += fmt.Sprintf(" (%s)", strings.Join(strings.Fields(e.Cause.Error()), " "))
	}
	return s + ": " + e.Advice
}

func (e *OpenError) Unwrap() error { return e.Cause }
