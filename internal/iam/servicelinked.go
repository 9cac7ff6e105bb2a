package iam

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) serviceLinkedRoles() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateServiceLinkedRole, onNewLinkedRole, s.createServiceLinkedRole),
		api.Write(iamshape.OpDeleteServiceLinkedRole,
			onRole(func(in *iamshape.DeleteServiceLinkedRoleInput) string { return in.RoleName }), deleteServiceLinkedRole),
		api.Read(iamshape.OpGetServiceLinkedRoleDeletionStatus, onDeletionTask, getServiceLinkedRoleDeletionStatus),
	}
}

const (
	keyAWSServiceName = "iam:awsservicename"
	linkedPrefix      = "AWSServiceRoleFor"
	linkedPath        = "/aws-service-role/"
	serviceDomain     = ".amazonaws.com"
)

func template(service string) (t linkedTemplate, ok bool) {
	short, ok := strings.CutSuffix(service, serviceDomain)
	if ok {
		t, ok = linkedTemplates[short]
	}
	return t, ok
}

// linkedName is the name of the role that a request asks for; a service
// without a template has none.
func linkedName(in *iamshape.CreateServiceLinkedRoleInput) string {
	t, ok := template(in.AWSServiceName)
	if !ok {
		return linkedPrefix + "*"
	}
	name := linkedPrefix + t.name
	if in.CustomSuffix != nil {
		name += "_" + *in.CustomSuffix
	}
	return name
}

func onNewLinkedRole(_ *api.Call, v *account.View, in *iamshape.CreateServiceLinkedRoleInput) (api.Target, error) {
	return withKey(api.Target{Resource: awsid.IAM(v.Account(), "role", linkedPath+in.AWSServiceName+"/", linkedName(in))},
		keyAWSServiceName, &in.AWSServiceName), nil
}

// createServiceLinkedRole makes the role that a service expects, which only
// that service can assume. Such roles don't count against the quota of roles.
func (s *Service) createServiceLinkedRole(c *api.Call, tx *account.Tx, in *iamshape.CreateServiceLinkedRoleInput) (*iamshape.CreateServiceLinkedRoleOutput, error) {
	v := tx.View()
	t, ok := template(in.AWSServiceName)
	switch {
	case !ok:
		return nil, awserr.Newf("InvalidInput", "Service Principal %s does not have a service-linked role that this server knows.", in.AWSServiceName)
	case in.CustomSuffix != nil && !t.suffix:
		return nil, awserr.Newf("InvalidInput", "Custom suffix is not allowed for %s", in.AWSServiceName)
	}
	name := linkedName(in)
	if len(name) > maxRoleName {
		return nil, awserr.Newf("InvalidInput", "The name %s is longer than the %d characters that a role can have.", name, maxRoleName)
	}
	if v.Role(name) != nil {
		return nil, awserr.Newf("InvalidInput", "Service role name %s has been taken in this account, please try a different suffix.", name)
	}
	r := &account.Role{
		ID: newID(c, v, awsid.RolePrefix, func(id string) bool { return v.RoleByID(id) != nil }), Name: name,
		Path: linkedPath + in.AWSServiceName + "/", Created: c.Seconds(), Description: in.Description, MaxSession: account.MinMaxSession,
		Trust:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + in.AWSServiceName + `"},"Action":"sts:AssumeRole"}]}`,
		Attached: []string{"arn:aws:iam::aws:policy" + linkedPath + t.policy},
	}
	tx.PutRole(r)
	return &iamshape.CreateServiceLinkedRoleOutput{Role: shape.Ptr(roleOut(v, r, encodeDocument(r.Trust)))}, nil
}

// maxRoleName is the length that IAM allows the name of a role.
const maxRoleName = 64

// deleteServiceLinkedRole deletes the role at once: no service behind this
// server keeps resources that need it. The task stays, so that its outcome can
// be asked for.
func deleteServiceLinkedRole(c *api.Call, tx *account.Tx, in *iamshape.DeleteServiceLinkedRoleInput) (*iamshape.DeleteServiceLinkedRoleOutput, error) {
	v := tx.View()
	r, err := findRole(v, in.RoleName)
	if err != nil {
		return nil, err
	}
	if !r.ServiceLinked() {
		return nil, awserr.Newf("NoSuchEntity", "%s exists but is not a service role.", r.Name)
	}
	uuid := awsid.NewRequestID(c.Rand)
	task := "task" + r.Path + r.Name + "/" + uuid
	tx.DeleteRole(r)
	forgetTasks(tx)
	tx.PutJob(&account.Job{ID: uuid, Kind: account.JobRoleDeletion, Created: c.Seconds(), About: task})
	return &iamshape.DeleteServiceLinkedRoleOutput{DeletionTaskId: &task}, nil
}

// keptTasks bounds the deletions whose outcome is remembered.
const keptTasks = 100

// forgetTasks makes room for one more task: the oldest go.
func forgetTasks(tx *account.Tx) {
	var tasks []*account.Job
	for j := range tx.View().Jobs() {
		if j.Kind == account.JobRoleDeletion {
			tasks = append(tasks, j)
		}
	}
	slices.SortFunc(tasks, func(a, b *account.Job) int { return a.Created.Compare(b.Created) })
	for len(tasks) >= keptTasks {
		tx.DeleteJob(tasks[0])
		tasks = tasks[1:]
	}
}

// onDeletionTask is the role that the task's id names.
func onDeletionTask(_ *api.Call, v *account.View, in *iamshape.GetServiceLinkedRoleDeletionStatusInput) (api.Target, error) {
	t := api.Target{Resource: "*", Shown: in.DeletionTaskId}
	if rest, ok := strings.CutPrefix(in.DeletionTaskId, "task/"); ok {
		if i := strings.LastIndexByte(rest, '/'); i > 0 {
			t.Resource = "arn:" + awsid.Partition + ":iam::" + v.Account() + ":role/" + rest[:i]
		}
	}
	return t, nil
}

func getServiceLinkedRoleDeletionStatus(_ *api.Call, v *account.View, in *iamshape.GetServiceLinkedRoleDeletionStatusInput) (*iamshape.GetServiceLinkedRoleDeletionStatusOutput, error) {
	uuid := in.DeletionTaskId[strings.LastIndexByte(in.DeletionTaskId, '/')+1:]
	if parts := strings.Split(in.DeletionTaskId, "/"); len(parts) != 5 || parts[0] != "task" || "/"+parts[1]+"/" != linkedPath || len(uuid) != 36 {
		return nil, awserr.New("InvalidInput", "Invalid task id")
	}
	j := v.Job(uuid)
	if j == nil || j.Kind != account.JobRoleDeletion || j.About != in.DeletionTaskId {
		return nil, awserr.New("NoSuchEntity", "Cannot find deletion status for given id.")
	}
	return &iamshape.GetServiceLinkedRoleDeletionStatusOutput{Status: shape.Ptr(iamshape.DeletionTaskStatusTypeSUCCEEDED)}, nil
}
