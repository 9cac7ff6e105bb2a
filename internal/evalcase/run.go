package evalcase

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// MaxLine is the length of the longest line that is read, in bytes.
const MaxLine = 16 << 20

var errLong = errors.New("the line is longer than 16 MiB")

// Run answers the lines of an input.
type Run struct {
	Strict  bool // documents as AWS takes them when they are saved
	Explain bool
	Text    bool // for people, with an explanation

	// Failed is called for each answer that Answer.Failed, after all answers
	// up to it were written.
	Failed func(line int, a *Answer) error

	Cases, Failures, Errors int // so far; Errors are those among the Failures
}

// Do reads lines until the end and writes an answer for each that isn't blank,
// in their order. A case never ends it; a failing reader or writer does, and
// so does the end of ctx between two lines. Answers are held back only while
// there is more to read at once.
func (r *Run) Do(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := &lineReader{in: bufio.NewReaderSize(in, 1<<18)}
	w := bufio.NewWriterSize(out, 1<<16)
	var buf []byte
	for ctx.Err() == nil {
		line, err := lines.next()
		if err == io.EOF {
			return w.Flush()
		}
		if err != nil && err != errLong {
			return errors.Join(w.Flush(), err)
		}
		if err == nil && strings.Trim(line, " \t\r\n") == "" {
			continue
		}
		a := Answer{Case: &Case{ID: strconv.Itoa(lines.number)}, Decision: Error, Err: errLong}
		if err == nil {
			a = Decide(line, lines.number, r.Strict, r.Explain || r.Text)
		}
		if buf, err = r.render(buf[:0], &a); err != nil {
			return errors.Join(w.Flush(), err)
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		if err := r.count(lines.number, &a, w); err != nil {
			return err
		}
		if !lines.ready() {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(w.Flush(), ctx.Err())
}

func (r *Run) count(line int, a *Answer, w *bufio.Writer) error {
	r.Cases++
	if !a.Failed() {
		return nil
	}
	r.Failures++
	if a.Decision == Error {
		r.Errors++
	}
	if r.Failed == nil {
		return nil
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return r.Failed(line, a)
}

func (r *Run) render(b []byte, a *Answer) ([]byte, error) {
	if r.Text {
		return a.AppendText(b), nil
	}
	b, err := a.AppendJSON(b)
	return append(b, '\n'), err
}

// lineReader reads lines of up to MaxLine bytes.
type lineReader struct {
	in     *bufio.Reader
	number int    // of the last line, from 1
	long   []byte // a line that doesn't fit into in
}

// ready reports whether the next line can be had without waiting for input.
func (l *lineReader) ready() bool {
	have, _ := l.in.Peek(l.in.Buffered())
	return bytes.IndexByte(have, '\n') >= 0
}

// next returns the next line with its end. It returns errLong for one that was
// left out, and then goes on behind it.
func (l *lineReader) next() (string, error) {
	l.long = l.long[:0]
	over := false
	for {
		part, err := l.in.ReadSlice('\n')
		if l.number == 0 && len(l.long) == 0 && !over {
			part = bytes.TrimPrefix(part, []byte("\uFEFF"))
		}
		if err == bufio.ErrBufferFull {
			if over = over || len(l.long)+len(part) > MaxLine; over {
				l.long = nil
			} else {
				l.long = append(l.long, part...)
			}
			continue
		}
		if err != nil && (err != io.EOF || len(part)+len(l.long) == 0 && !over) {
			return "", err
		}
		l.number++
		switch {
		case over || len(l.long)+len(bytes.TrimRight(part, "\r\n")) > MaxLine:
			return "", errLong
		case len(l.long) == 0:
			return string(part), nil
		}
		return string(append(l.long, part...)), nil
	}
}
