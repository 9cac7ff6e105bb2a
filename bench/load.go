package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A result is what one measurement came to. Times are in microseconds.
type result struct{ rate, p50, p99, max, cpu float64 }

// measure sends the requests in turn over conns connections for the given time.
// Every answer must be 200.
func measure(s *server, requests [][]byte, conns int, length time.Duration) (result, error) {
	var wg sync.WaitGroup
	times := make([][]time.Duration, conns)
	errs := make([]error, conns)
	cpu := cpuTime(s.pid)
	begin := time.Now()
	for i := range conns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			times[i], errs[i] = client(s.address, requests, i, begin.Add(length))
		}()
	}
	wg.Wait()
	took := time.Since(begin)
	cpu = cpuTime(s.pid) - cpu
	all := slices.Concat(times...)
	if err := errors.Join(errs...); err != nil || len(all) == 0 {
		return result{}, fmt.Errorf("%d answers: %w", len(all), err)
	}
	slices.Sort(all)
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	return result{
		rate: float64(len(all)) / took.Seconds(), p50: us(all[len(all)/2]), p99: us(all[len(all)*99/100]),
		max: us(all[len(all)-1]), cpu: us(cpu) / float64(len(all)),
	}, nil
}

// client sends prepared bytes and reads as little of the answers as it can, so
// that the server's core is the one that is busy.
func client(address string, requests [][]byte, first int, until time.Time) (times []time.Duration, err error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 16<<10)
	for i := first; ; i++ {
		begin := time.Now()
		if begin.After(until) {
			return times, nil
		}
		if _, err := c.Write(requests[i%len(requests)]); err != nil {
			return times, err
		}
		if err := readAnswer(r); err != nil {
			return times, err
		}
		times = append(times, time.Since(begin))
	}
}

func readAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		rest, _ := io.ReadAll(io.LimitReader(r, int64(r.Buffered())))
		return fmt.Errorf("answer %s%s", line, rest)
	}
	length := 0
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return err
			}
		}
	}
	_, err = r.Discard(length)
	return err
}

// once sends one request and returns the whole answer's body.
func (s *server) once(request []byte) ([]byte, error) {
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	return body, err
}

// cpuTime is what a process has used, in user and system time.
func cpuTime(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // 100 ticks a second
}
