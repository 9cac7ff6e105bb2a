package sts

import (
	"errors"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
)

func (s *Service) delegated() []api.Op {
	return []api.Op{api.Issue(stsshape.OpGetDelegatedAccessToken, everything[stsshape.GetDelegatedAccessTokenInput], s.getDelegatedAccessToken)}
}

// errTradeIn answers every token that gives nothing, so that the answer doesn't
// tell what becomes of other people's requests.
var errTradeIn = awserr.New("ValidationError", "The trade-in token is not valid.")

// getDelegatedAccessToken gives credentials of the principal that has accepted
// a delegation request, narrowed to the permissions of the request. A token can
// be traded in as often as the requestor likes; all sessions end together (IAM
// User Guide, "Multiple Redemptions").
func (s *Service) getDelegatedAccessToken(c *api.Call, _ *account.View, in *stsshape.GetDelegatedAccessTokenInput) (*stsshape.GetDelegatedAccessTokenOutput, error) {
	t, err := session.OpenTradeIn(s.Secrets, c.Caller.Account(), in.TradeInToken)
	if err != nil {
		return nil, errTradeIn
	}
	owner, err := s.Accounts.View(c.Context, t.Owner)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errTradeIn
	} else if err != nil {
		return nil, err
	}
	d := owner.DelegationRequest(t.Request)
	if d == nil || d.Requestor != c.Caller.Account() || d.State != account.DelegationFinalized || d.Approver == nil || !d.Sent.Equal(t.Sent) {
		return nil, errTradeIn
	}
	left := d.AccessEnds().Sub(c.Seconds())
	if left <= 0 {
		return nil, awserr.Newf("ExpiredTradeInTokenException", "The trade-in token has expired: the delegated access ended at %s.", d.AccessEnds().Format(time.RFC3339))
	}
	sess, ok := delegatedSession(owner, d)
	if !ok {
		return nil, errTradeIn
	}
	_, shown, err := s.grant(c, int(left/time.Second), sess)
	if err != nil {
		return nil, err
	}
	c.Resources = append(c.Resources, d.ARN(t.Owner))
	return &stsshape.GetDelegatedAccessTokenOutput{AssumedPrincipal: &sess.PrincipalARN, Credentials: shown}, nil
}

// delegatedSession is the approver as it is now; ok is false when it is gone.
// Each session of a request is issued when the token was sent, so that who
// denies older sessions of the approver ends the access: a token that is traded
// in again must not make a younger one.
func delegatedSession(v *account.View, d *account.DelegationRequest) (sess session.Session, ok bool) {
	a := d.Approver
	sess = session.Session{
		Kind: session.Delegated, Account: v.Account(), PrincipalID: a.UserID, Policy: d.Policy, SourceIdentity: a.SourceIdentity, Issued: d.Sent, Delegate: d.Requestor,
	}
	if a.Role != "" {
		role := v.RoleByID(a.Role)
		if role == nil {
			return sess, false
		}
		sess.Kind, sess.Name, sess.RoleID, sess.RoleARN = session.AssumedRole, a.Session, role.ID, role.ARN(v.Account())
		sess.PrincipalARN = awsid.AssumedRole(v.Account(), role.Name, a.Session)
		for _, t := range a.Tags {
			sess.Tags = append(sess.Tags, session.Tag{Key: t.Key, Value: t.Value, Transitive: slices.Contains(a.Transitive, t.Key)})
		}
		sess.FederatedProvider = a.Provider
		for _, k := range a.Context {
			sess.Context = append(sess.Context, session.ContextKey{Key: k.Key, Value: k.Value})
		}
		return sess, true
	}
	sess.UserID = a.UserID
	if a.UserID == v.Account() {
		sess.PrincipalARN = awsid.Root(v.Account())
	} else if user := v.UserByID(a.UserID); user != nil {
		sess.PrincipalARN = user.ARN(v.Account())
	} else {
		return sess, false
	}
	sess.UserARN = sess.PrincipalARN
	return sess, true
}
