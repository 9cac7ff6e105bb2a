package wire

import (
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

// Route finds the operation that the form's Action and Version name in a
// service, "iam" or "sts". No Action is MissingAction; an action that the
// service lacks, or has in another version only, is InvalidAction; both are
// HTTP 400. A missing Version is no version, hence InvalidAction too.
func Route(service string, f Form) (*shape.Operation, error) {
	action, ok := f.Get("Action")
	if !ok || action == "" {
		return nil, awserr.New("MissingAction", "The request must contain the parameter Action")
	}
	var op *shape.Operation
	switch service {
	case "iam":
		op = iamshape.Operation(action)
	case "sts":
		op = stsshape.Operation(action)
	}
	version, _ := f.Get("Version")
	if op == nil || op.APIVersion != version {
		shown := "NO_VERSION_SPECIFIED"
		if version != "" {
			shown = shownName(version)
		}
		return nil, awserr.Newf("InvalidAction", "Could not find operation %s for version %s", shownName(action), shown)
	}
	return op, nil
}
