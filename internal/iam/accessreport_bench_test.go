package iam

import (
	"fmt"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

// BenchmarkAccessReport makes and fetches the report about AdministratorAccess,
// which 1,000 users have who have used 20 services each.
func BenchmarkAccessReport(b *testing.B) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Service{Usage: usage.New(), Decider: decide.New(), MarkerKey: make([]byte, 32)}
	tx := account.New(&account.Settings{Account: testAccount, Created: now}).Begin()
	services := catalog.Services()
	for i := range 1000 {
		u := &account.User{ID: fmt.Sprintf("AIDA%017d", i), Name: fmt.Sprint("user", i), Path: "/", Created: now, Attached: []string{adminPolicy}}
		tx.PutUser(u)
		for j := range 20 {
			svc := services[(7*i+j)%len(services)]
			s.Usage.NoteAttempt(testAccount, u.ID, svc.Prefix, svc.Actions[0].Name, now.Add(time.Duration(-j)*time.Minute), "us-east-1")
		}
	}
	v := tx.Freeze()
	c := &api.Call{Now: now, Shape: iamshape.OpGetServiceLastAccessedDetails}
	c.Caller.Principal.ID = testAccount
	for _, level := range []string{serviceLevel, actionLevel} {
		in := &iamshape.GenerateServiceLastAccessedDetailsInput{Arn: adminPolicy, Granularity: &level}
		var data []byte
		b.Run("generate "+level, func(b *testing.B) {
			for b.Loop() {
				var err error
				if data, err = s.makeAccessReport(c, v, in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data)), "bytes")
		})
		tx := v.Begin()
		tx.PutJob(&account.Job{ID: "j", Kind: account.JobServiceLastAccessed, Created: now, By: testAccount, Data: data})
		v := tx.Freeze()
		b.Run("get "+level, func(b *testing.B) {
			for b.Loop() {
				out, err := s.getServiceLastAccessedDetails(c, v, &iamshape.GetServiceLastAccessedDetailsInput{JobId: "j", MaxItems: ptr(int32(1000))})
				if err != nil || len(out.ServicesLastAccessed) < 400 {
					b.Fatal(err)
				}
			}
		})
	}
}
