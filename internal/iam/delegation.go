package iam

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

func (s *Service) delegationRequests() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateDelegationRequest, onNewDelegation, s.createDelegationRequest),
		api.Do(iamshape.OpAssociateDelegationRequest,
			onDelegation(s, readable, func(in *iamshape.AssociateDelegationRequestInput) string { return in.DelegationRequestId }), s.associateDelegationRequest),
		// Its answer can bring a trade-in token.
		api.Issue(iamshape.OpGetDelegationRequest,
			onDelegation(s, readable, func(in *iamshape.GetDelegationRequestInput) string { return in.DelegationRequestId }), s.getDelegationRequest),
		api.Read(iamshape.OpListDelegationRequests, onDelegations, s.listDelegationRequests),
		api.Do(iamshape.OpUpdateDelegationRequest,
			onDelegation(s, isOwner, func(in *iamshape.UpdateDelegationRequestInput) string { return in.DelegationRequestId }), s.updateDelegationRequest),
		api.Do(iamshape.OpAcceptDelegationRequest,
			onDelegation(s, nobody, func(in *iamshape.AcceptDelegationRequestInput) string { return in.DelegationRequestId }), s.acceptDelegationRequest),
		api.Do(iamshape.OpRejectDelegationRequest,
			onDelegation(s, isOwner, func(in *iamshape.RejectDelegationRequestInput) string { return in.DelegationRequestId }), s.rejectDelegationRequest),
		api.Do(iamshape.OpSendDelegationToken,
			onDelegation(s, isOwner, func(in *iamshape.SendDelegationTokenInput) string { return in.DelegationRequestId }), s.sendDelegationToken),
	}
}

// Condition keys of delegation requests.
const (
	keyDelegationOwner     = "iam:delegationrequestowner"
	keyDelegationDuration  = "iam:delegationduration"
	keyNotificationChannel = "iam:notificationchannel"
	keyTemplate            = "iam:templatearn"
)

// onDelegation is the target of operations on a request. unasked says for whom
// AWS needs no permission (IAM User Guide, "Managing Permissions for Delegation
// Requests"): whoever holds the id of a request that nobody owns yet, and the
// principal that owns it.
func onDelegation[I any](s *Service, unasked func(*api.Call, *account.DelegationRequest) bool, id func(in *I) string) api.TargetFunc[I] {
	return func(c *api.Call, v *account.View, in *I) (api.Target, error) {
		return s.delegationTarget(c, v, unasked, id(in))
	}
}

func (s *Service) delegationTarget(c *api.Call, v *account.View, unasked func(*api.Call, *account.DelegationRequest) bool, id string) (api.Target, error) {
	t := api.Target{Resource: account.DelegationARN(v.Account(), id), Shown: "delegation request " + id}
	d, err := s.delegation(c, v, id)
	if err != nil || d == nil {
		return t, err
	}
	if d.Owner != "" {
		t = withKey(t, keyDelegationOwner, &d.Owner)
	}
	t.Granted = unasked(c, d)
	return t, nil
}

func nobody(*api.Call, *account.DelegationRequest) bool { return false }

func unassigned(_ *api.Call, d *account.DelegationRequest) bool {
	return d.State == account.DelegationUnassigned
}

// isOwner compares the unique id too, so that nobody inherits a request with a
// name.
func isOwner(c *api.Call, d *account.DelegationRequest) bool {
	return d.Owner != "" && d.Owner == c.Caller.Principal.ARN && d.OwnerID == c.Caller.UserID()
}

func readable(c *api.Call, d *account.DelegationRequest) bool {
	return unassigned(c, d) || isOwner(c, d)
}

func onDelegations(c *api.Call, _ *account.View, in *iamshape.ListDelegationRequestsInput) (api.Target, error) {
	t := withKey(api.Target{Resource: "*"}, keyDelegationOwner, in.OwnerId)
	t.Granted = in.OwnerId != nil && *in.OwnerId == c.Caller.Principal.ARN
	return t, nil
}

func errNoDelegation(id string) error {
	return awserr.Newf("NoSuchEntity", "The delegation request with id %s cannot be found.", id)
}

func errDelegationState(d *account.DelegationRequest, state, cannot string) error {
	return awserr.Newf("InvalidInput", "The delegation request %s is in the state %s and cannot be %s.", d.ID, state, cannot)
}

// ownDelegation gives a copy of a request that this account owns, to be changed
// in one of the states.
func (s *Service) ownDelegation(c *api.Call, v *account.View, id, what string, states ...string) (*account.DelegationRequest, error) {
	d, err := s.delegation(c, v, id)
	switch {
	case err != nil:
		return nil, err
	case d == nil || d.Owner != "" && d.OwnerAccount != v.Account():
		return nil, errNoDelegation(id)
	}
	if state := d.StateAt(c.Now); !slices.Contains(states, state) {
		return nil, errDelegationState(d, state, what)
	}
	return d.Clone(), nil
}

// decided saves a request in its new state.
func decided(c *api.Call, tx *account.Tx, d *account.DelegationRequest, state string) {
	d.State, d.Updated, d.Expires = state, c.Seconds(), c.Seconds().Add(account.DelegationLife)
	tx.PutDelegationRequest(d)
}

var errAssociated = awserr.New("InvalidInput", "The delegation request is associated with another identity.")

// The model has no code for the limit.
var errOwnsMany = awserr.Newf("InvalidInput", "Cannot exceed quota for OwnedDelegationRequestsPerAccount: %d", account.MaxDelegations)

// owned counts the requests that an account has associated and that haven't
// expired. Nobody need be allowed to associate, so that nothing else bounds them.
func owned(c *api.Call, v *account.View) (n int) {
	for d := range v.DelegationRequests("") {
		if d.Owner != "" && d.OwnerAccount == v.Account() && d.StateAt(c.Now) != account.DelegationExpired {
			n++
		}
	}
	return n
}

func (s *Service) associateDelegationRequest(c *api.Call, tx *account.Tx, in *iamshape.AssociateDelegationRequestInput) error {
	v := tx.View()
	d, err := s.delegation(c, v, in.DelegationRequestId)
	switch {
	case err != nil:
		return err
	case d == nil || d.Owner != "" && d.OwnerAccount != v.Account():
		return errNoDelegation(in.DelegationRequestId)
	case d.StateAt(c.Now) == account.DelegationExpired:
		return errDelegationState(d, account.DelegationExpired, "associated")
	case isOwner(c, d) && d.State == account.DelegationAssigned:
		return nil
	case d.Owner != "":
		return errAssociated
	case d.OwnerAccount != "" && d.OwnerAccount != v.Account():
		return awserr.New("InvalidInput", "The delegation request is for another account.")
	}
	if owned(c, v) >= account.MaxDelegations {
		return errOwnsMany
	}
	d = d.Clone()
	d.OwnerAccount, d.Owner, d.OwnerID = v.Account(), c.Caller.Principal.ARN, c.Caller.UserID()
	c.Claim(account.DelegationClaim(d.ID), errAssociated)
	pruneDelegations(c, tx)
	decided(c, tx, d, account.DelegationAssigned)
	return nil
}

// pruneDelegations deletes requests that have been expired for long, some at a
// time.
func pruneDelegations(c *api.Call, tx *account.Tx) {
	const some = 20
	var gone []*account.DelegationRequest
	for d := range tx.View().DelegationRequests("") {
		if d.GoneAt(c.Now) && len(gone) < some {
			gone = append(gone, d)
		}
	}
	for _, d := range gone {
		if d.OwnerAccount == tx.View().Account() && d.Owner != "" {
			c.Drop(account.DelegationClaim(d.ID))
		}
		tx.DeleteDelegationRequest(d)
	}
}

func (s *Service) getDelegationRequest(c *api.Call, v *account.View, in *iamshape.GetDelegationRequestInput) (*iamshape.GetDelegationRequestOutput, error) {
	d, err := s.delegation(c, v, in.DelegationRequestId)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errNoDelegation(in.DelegationRequestId)
	}
	shown := delegationOut(c, d)
	out := &iamshape.GetDelegationRequestOutput{DelegationRequest: &shown}
	if shape.Value(in.DelegationPermissionCheck) {
		result, err := s.checkDelegation(c, d)
		if err != nil {
			return nil, err
		}
		out.PermissionCheckStatus, out.PermissionCheckResult = shape.Ptr(iamshape.PermissionCheckStatusTypeCOMPLETE), &result
	}
	// AWS sends the token to the topic that the requestor has named. Here the
	// requestor comes for it, with a permission of its own account.
	if d.Requestor == v.Account() && !c.Unasked && d.State == account.DelegationFinalized && c.Now.Before(d.AccessEnds()) {
		c.TradeIn, err = session.SealTradeIn(s.Secrets, session.TradeIn{Request: d.ID, Requestor: d.Requestor, Owner: d.OwnerAccount, Sent: d.Sent})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func delegationOut(c *api.Call, d *account.DelegationRequest) iamshape.DelegationRequest {
	out := iamshape.DelegationRequest{
		CreateDate: &d.Created, DelegationRequestId: &d.ID, Description: &d.Description, ExpirationTime: &d.Expires, Notes: optional(d.Notes),
		OnlySendByOwner: &d.OnlySendByOwner, OwnerAccountId: optional(d.OwnerAccount), OwnerId: optional(d.Owner), PermissionPolicy: &d.Policy,
		Permissions: &iamshape.DelegationPermission{PolicyTemplateArn: &d.Template}, RedirectUrl: optional(d.RedirectURL),
		RejectionReason: optional(d.Reason), RequestMessage: optional(d.Message), RequestorId: &d.Requestor, RequestorName: optional(d.Name),
		RolePermissionRestrictionArns: roleBoundaries(d.Policy), SessionDuration: shape.Ptr(int32(d.Seconds)), State: shape.Ptr(d.StateAt(c.Now)), UpdatedTime: &d.Updated,
	}
	if d.Approver != nil {
		out.ApproverId = &d.Approver.ARN
	}
	for _, p := range d.Parameters {
		out.Permissions.Parameters = append(out.Permissions.Parameters, iamshape.PolicyParameter{Name: &p.Name, Values: p.Values, Type: optional(p.Type)})
	}
	return out
}

// listDelegationRequests lists those that somebody of this account owns.
func (s *Service) listDelegationRequests(c *api.Call, v *account.View, in *iamshape.ListDelegationRequestsInput) (*iamshape.ListDelegationRequestsOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.OwnerId)
	if err != nil {
		return nil, err
	}
	listed := where(v.DelegationRequests(p.after), func(d *account.DelegationRequest) bool {
		return d.Owner != "" && d.OwnerAccount == v.Account() && !d.GoneAt(c.Now) && (in.OwnerId == nil || d.Owner == *in.OwnerId) && (!c.Unasked || isOwner(c, d))
	})
	found := take(p, listed, func(d *account.DelegationRequest) string { return nameKey(d.ID) })
	if in.OwnerId != nil && len(found) == 0 && p.after == "" {
		if err := checkOwner(v, *in.OwnerId); err != nil {
			return nil, err
		}
	}
	out := &iamshape.ListDelegationRequestsOutput{DelegationRequests: make([]iamshape.DelegationRequest, len(found)), IsTruncated: p.truncated(), Marker: p.marker()}
	for i, d := range found {
		out.DelegationRequests[i] = delegationOut(c, d)
	}
	return out, nil
}

// checkOwner refuses what can't own a request of this account.
func checkOwner(v *account.View, arn string) error {
	a, err := awsid.ParseARN(arn)
	if err != nil || a.Account != v.Account() || a.Service != "iam" && a.Service != "sts" {
		return awserr.Newf("InvalidInput", "ARN %s is not valid.", arn)
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	name, _, _ := strings.Cut(rest, "/")
	switch {
	case kind == "root", kind == "assumed-role" && v.Role(name) != nil, kind == "user" && entityID(v, arn, a.Resource) != "":
		return nil
	}
	return awserr.Newf("NoSuchEntity", "The principal %s cannot be found.", arn)
}

// updateDelegationRequest forwards a request to whoever may accept it.
func (s *Service) updateDelegationRequest(c *api.Call, tx *account.Tx, in *iamshape.UpdateDelegationRequestInput) error {
	d, err := s.ownDelegation(c, tx.View(), in.DelegationRequestId, "updated", account.DelegationAssigned, account.DelegationPending)
	if err != nil {
		return err
	}
	if in.Notes != nil {
		d.Notes = *in.Notes
	}
	decided(c, tx, d, account.DelegationPending)
	return nil
}

// acceptDelegationRequest records who accepts, whom the delegated session will
// act as. A session that session policies narrow can't accept: the delegated one
// would have to be narrowed by them too.
func (s *Service) acceptDelegationRequest(c *api.Call, tx *account.Tx, in *iamshape.AcceptDelegationRequestInput) error {
	d, err := s.ownDelegation(c, tx.View(), in.DelegationRequestId, "accepted", account.DelegationAssigned, account.DelegationPending)
	if err != nil {
		return err
	}
	p := &c.Caller.Principal
	d.Approver = &account.DelegationApprover{ARN: p.ARN, UserID: c.Caller.UserID()}
	switch sess := c.Caller.Session; {
	case sess != nil && (sess.HasPolicies() || sess.Kind == session.AssumedRoot), p.Kind != policy.User && p.Kind != policy.AssumedRole && p.Kind != policy.Root:
		return &awserr.Error{Code: "AccessDenied", Status: 403, Message: "A session with session policies cannot accept a delegation request."}
	case p.Kind == policy.Root && d.Seconds > account.MaxRootDelegationSeconds:
		return awserr.New("InvalidInput", "The root user can accept delegation requests of at most 4 hours.")
	case p.Kind == policy.AssumedRole:
		d.Approver.Role, d.Approver.Session = c.Caller.Role.ID, sess.Name
		d.Approver.SourceIdentity, d.Approver.Provider = sess.SourceIdentity, sess.FederatedProvider
		for _, t := range sess.Tags {
			d.Approver.Tags = append(d.Approver.Tags, account.Tag{Key: t.Key, Value: t.Value})
			if t.Transitive {
				d.Approver.Transitive = append(d.Approver.Transitive, t.Key)
			}
		}
		for _, k := range sess.Context {
			d.Approver.Context = append(d.Approver.Context, account.Tag{Key: k.Key, Value: k.Value})
		}
	}
	decided(c, tx, d, account.DelegationAccepted)
	return nil
}

func (s *Service) rejectDelegationRequest(c *api.Call, tx *account.Tx, in *iamshape.RejectDelegationRequestInput) error {
	d, err := s.ownDelegation(c, tx.View(), in.DelegationRequestId, "rejected", account.DelegationAssigned, account.DelegationPending, account.DelegationAccepted)
	if err != nil {
		return err
	}
	d.Reason = shape.Value(in.Notes)
	decided(c, tx, d, account.DelegationRejected)
	return nil
}

// sendDelegationToken begins the time of the delegated access.
func (s *Service) sendDelegationToken(c *api.Call, tx *account.Tx, in *iamshape.SendDelegationTokenInput) error {
	d, err := s.ownDelegation(c, tx.View(), in.DelegationRequestId, "finalized", account.DelegationAccepted)
	if err != nil {
		return err
	}
	if d.OnlySendByOwner && !isOwner(c, d) {
		return awserr.New("InvalidInput", "The token of this delegation request can be sent by its owner alone.")
	}
	d.Sent = c.Seconds()
	decided(c, tx, d, account.DelegationFinalized)
	return nil
}
