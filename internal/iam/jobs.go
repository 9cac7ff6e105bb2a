package iam

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
)

const (
	// keptReports is how long reports of access can be fetched. AWS names no
	// bound.
	keptReports = 24 * time.Hour
	// maxPrunedJobs bounds what one call deletes, since a commit takes only so
	// many changes.
	maxPrunedJobs = 16
)

func errNoJob(id string) error {
	return awserr.Newf("NoSuchEntity", "The job with id %s cannot be found.", id)
}

// newJob makes a job of the caller, whose outcome is known.
func newJob(c *api.Call, tx *account.Tx, kind, about string, data []byte) *account.Job {
	id := awsid.NewRequestID(c.Rand)
	for tx.View().Job(id) != nil {
		id = awsid.NewRequestID(c.Rand)
	}
	j := &account.Job{ID: id, Kind: kind, Created: c.Seconds(), By: c.Caller.Principal.ID, About: about, Data: data}
	tx.PutJob(j)
	return j
}

// jobsOf gives the jobs of a kind, oldest first.
func jobsOf(v *account.View, kind string) []*account.Job {
	var all []*account.Job
	for j := range v.Jobs() {
		if j.Kind == kind {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b *account.Job) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// pruneReports drops the reports of a kind that are too old. It returns the
// others, oldest first, and how many more may be dropped.
func pruneReports(c *api.Call, tx *account.Tx, kind string) (left []*account.Job, room int) {
	room = maxPrunedJobs
	for _, j := range jobsOf(tx.View(), kind) {
		switch old := tooOld(c, j); {
		case old && room > 0:
			tx.DeleteJob(j)
			room--
		case !old:
			left = append(left, j)
		}
	}
	return left, room
}

func tooOld(c *api.Call, j *account.Job) bool { return c.Now.Sub(j.Created) >= keptReports }

// findReport gives the report of a kind by its id.
func findReport(c *api.Call, v *account.View, kind, id string) (*account.Job, error) {
	j := v.Job(id)
	if j == nil || j.Kind != kind || tooOld(c, j) {
		return nil, errNoJob(id)
	}
	return j, nil
}

// compressed and decompressed are how the outcome of a job is kept: reports
// hold the same words over and over.

func compressed(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		_, err = z.Write(plain)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("iam: keeping a report: %w", err)
	}
	return b.Bytes(), nil
}

func decompressed(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("iam: a stored report is damaged: %w", err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("iam: a stored report is damaged: %w", err)
	}
	return plain, nil
}

// packReport and openReport are those for a report that is a value.

func packReport(report any) ([]byte, error) {
	plain, err := json.Marshal(report)
	if err != nil {
		return nil, fmt.Errorf("iam: keeping a report: %w", err)
	}
	return compressed(plain)
}

func openReport(j *account.Job, report any) error {
	plain, err := decompressed(j.Data)
	if err == nil {
		if err = json.Unmarshal(plain, report); err != nil {
			err = fmt.Errorf("iam: a stored report is damaged: %w", err)
		}
	}
	return err
}
