package iam

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/policy"
)

// An accessReport is what a report of last access came to when it was made. It
// is kept as a job.
type accessReport struct {
	Level    string            `json:"level"`
	Failure  *reportFailure    `json:"failure,omitempty"`
	Services []accessedService `json:"services"` // by namespace
	Entities []accessingEntity `json:"entities"` // by ARN
	Regions  []string          `json:"regions,omitempty"`
}

// reportFailure says why a report couldn't be made.
type reportFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type accessedService struct {
	Namespace string           `json:"ns"`
	Count     int              `json:"n,omitempty"`    // of the uses
	Uses      packedAccesses   `json:"uses,omitempty"` // newest first, one for each entity
	Actions   []accessedAction `json:"actions,omitempty"`
}

type accessedAction struct {
	Name string         `json:"name"`
	Last packedAccesses `json:"last,omitempty"` // one, or none
}

// An access is the last time that an entity asked for something.
type access struct {
	Entity int   // in Entities
	Unix   int64 // seconds
	Region string
}

func (a access) at() *time.Time { return shape.Ptr(time.Unix(a.Unix, 0).UTC()) }

// packedAccesses are many of them, each as three varints, of the entity, the
// seconds and the region in Regions: a report has some for each service and
// user, and most calls read but the first.
type packedAccesses []byte

// pack adds an access to those of a service.
func (r *accessReport) pack(p packedAccesses, a access) packedAccesses {
	region := slices.Index(r.Regions, a.Region)
	if region < 0 {
		region = len(r.Regions)
		r.Regions = append(r.Regions, a.Region)
	}
	p = binary.AppendVarint(binary.AppendUvarint(p, uint64(a.Entity)), a.Unix)
	return binary.AppendUvarint(p, uint64(region))
}

// unpack reads the first access, and gives the others.
func (r *accessReport) unpack(p packedAccesses) (a access, rest packedAccesses, err error) {
	from := bytes.NewReader(p)
	entity, err1 := binary.ReadUvarint(from)
	seconds, err2 := binary.ReadVarint(from)
	region, err3 := binary.ReadUvarint(from)
	if err := errors.Join(err1, err2, err3); err != nil {
		return a, nil, fmt.Errorf("iam: a stored report is damaged: %w", err)
	}
	if entity >= uint64(len(r.Entities)) || region >= uint64(len(r.Regions)) {
		return a, nil, errors.New("iam: a stored report names what it lacks")
	}
	return access{int(entity), seconds, r.Regions[region]}, p[len(p)-from.Len():], nil
}

type accessingEntity struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
	Path string `json:"path"`
	ARN  string `json:"arn"`
}

func (f *reportFailure) out() *iamshape.ErrorDetails {
	if f == nil {
		return nil
	}
	return &iamshape.ErrorDetails{Code: &f.Code, Message: &f.Message}
}

func (e *accessingEntity) out() *iamshape.EntityInfo {
	return &iamshape.EntityInfo{Arn: &e.ARN, Id: &e.ID, Name: &e.Name, Path: &e.Path, Type: &e.Type}
}

func userEntity(v *account.View, u *account.User) accessingEntity {
	return accessingEntity{iamshape.PolicyOwnerEntityTypeUSER, u.ID, u.Name, u.Path, u.ARN(v.Account())}
}

func roleEntity(v *account.View, r *account.Role) accessingEntity {
	return accessingEntity{iamshape.PolicyOwnerEntityTypeROLE, r.ID, r.Name, r.Path, r.ARN(v.Account())}
}

// accessSubject gives the documents that grant what a report is about, and the
// users and roles to which they grant it.
func (s *Service) accessSubject(v *account.View, arn string) ([]*policy.Document, []accessingEntity, error) {
	if _, ok := policyARN(arn); ok {
		return s.policyAccess(v, arn)
	}
	has, err := s.identityPolicies(v, arn)
	if err != nil {
		return nil, nil, err
	}
	docs := make([]*policy.Document, len(has))
	for i := range has {
		docs[i] = has[i].Document
	}
	var entities []accessingEntity
	switch kind, name, _ := accessEntity(v, arn); kind {
	case "user":
		entities = append(entities, userEntity(v, v.User(name)))
	case "group":
		for u := range v.Members(v.Group(name).ID) {
			entities = append(entities, userEntity(v, u))
		}
	default:
		entities = append(entities, roleEntity(v, v.Role(name)))
	}
	return docs, entities, nil
}

// policyAccess is accessSubject of a managed policy: of its default version, for
// whom it is attached to and the members of such groups.
func (s *Service) policyAccess(v *account.View, arn string) ([]*policy.Document, []accessingEntity, error) {
	m, ok := managedPolicy(v, arn)
	if !ok {
		return nil, nil, errPolicyNotFound(arn)
	}
	doc, err := m.inForce()
	if err != nil {
		return nil, nil, err
	}
	var entities []accessingEntity
	users := map[string]bool{}
	addUser := func(u *account.User) {
		if !users[u.ID] {
			users[u.ID] = true
			entities = append(entities, userEntity(v, u))
		}
	}
	for use := range v.Uses(arn) {
		switch {
		case !use.Policy:
		case use.User != nil:
			addUser(use.User)
		case use.Role != nil:
			entities = append(entities, roleEntity(v, use.Role))
		case use.Group != nil:
			for u := range v.Members(use.Group.ID) {
				addUser(u)
			}
		}
	}
	return []*policy.Document{doc}, entities, nil
}

// inForce is the default version of a managed policy.
func (m managed) inForce() (*policy.Document, error) {
	id := ""
	if m.own != nil {
		id = versionID(m.own.Default)
	} else {
		id = m.aws.DefaultVersionID
	}
	text, ok := m.document(id)
	if !ok {
		return nil, fmt.Errorf("iam: policy %s has no version %s", m.arn, id)
	}
	return policy.ParseStored(text, policy.Identity)
}

// accessReport makes the report about an entity or a policy.
func (s *Service) accessReport(c *api.Call, v *account.View, arn, level string) (*accessReport, error) {
	docs, entities, err := s.accessSubject(v, arn)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entities, func(a, b accessingEntity) int { return cmp.Compare(a.ARN, b.ARN) })
	r := &accessReport{Level: level, Services: []accessedService{}, Entities: entities}
	grants := catalog.NewGrants(docs...)
	at := map[string]int{} // in Services
	for _, svc := range grants.Services() {
		at[svc.Prefix] = len(r.Services)
		r.Services = append(r.Services, accessedService{Namespace: svc.Prefix})
	}
	uses := make([][]access, len(r.Services))
	actions := map[string]map[string]*access{} // by service
	if level == actionLevel {
		for _, op := range iamshape.Operations() {
			track(actions, grants, op.Service, op.Name)
		}
		for _, op := range stsshape.Operations() {
			track(actions, grants, op.Service, op.Name)
		}
	}
	for i := range entities {
		for _, a := range s.Usage.Attempts(entities[i].ID) {
			n, ok := at[a.Service]
			if !ok || tooLongAgo(c, a.Time) {
				continue
			}
			u := access{Entity: i, Unix: a.Time.Unix(), Region: a.Region}
			if a.Action == "" {
				uses[n] = append(uses[n], u)
			} else if level == actionLevel && track(actions, grants, a.Service, a.Action) {
				if last := actions[a.Service][a.Action]; last == nil || byTime(u, *last) < 0 {
					actions[a.Service][a.Action] = &u
				}
			}
		}
	}
	for i := range r.Services {
		svc := &r.Services[i]
		slices.SortFunc(uses[i], byTime)
		for _, u := range uses[i] {
			svc.Uses = r.pack(svc.Uses, u)
		}
		svc.Count = len(uses[i])
		for name, last := range actions[svc.Namespace] {
			a := accessedAction{Name: name}
			if last != nil {
				a.Last = r.pack(nil, *last)
			}
			svc.Actions = append(svc.Actions, a)
		}
		slices.SortFunc(svc.Actions, func(a, b accessedAction) int { return cmp.Compare(a.Name, b.Name) })
	}
	if !grants.Complete() {
		return &accessReport{Level: level, Failure: &reportFailure{"LimitExceeded", "The policies are too complex for a report."}}, nil
	}
	return r, nil
}

// track makes room for an action in a report when the policies grant it. What is
// tracked are the operations of the services that are here; those of other
// services where there has been one.
func track(actions map[string]map[string]*access, grants *catalog.Grants, service, name string) bool {
	if _, ok := actions[service][name]; ok {
		return true
	}
	if !grants.Action(service, name) {
		return false
	}
	if actions[service] == nil {
		actions[service] = map[string]*access{}
	}
	actions[service][name] = nil
	return true
}

func tooLongAgo(c *api.Call, at time.Time) bool {
	return c.Now.Sub(at) > usage.RetentionDays*24*time.Hour
}
