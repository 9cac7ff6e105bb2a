package wire

import (
	"encoding/json"
	"reflect"

	"github.com/aratame/aratame/internal/shape"
)

// Hidden stands in an audit event for the value of a sensitive member, as in
// CloudTrail's records.
const Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// auditTimeLayout is how CloudTrail's records show timestamps of IAM and STS.
const auditTimeLayout = "Jan 2, 2006, 3:04:05 PM"

// AuditJSON renders an input for the requestParameters of an audit event:
// member names begin with a lower-case letter, members that are absent are left
// out, and those that the contract marks sensitive are replaced by Hidden,
// whatever they hold. An input without members is the JSON null. input is a
// pointer to the operation's input struct, or nil; another type is an error.
func AuditJSON(op *shape.Operation, input any) (json.RawMessage, error) {
	v, err := structOf(input, op.NewInput, op.Input)
	if err != nil {
		return nil, err
	}
	return auditStruct(op.Input, v), nil
}

// AuditResponseJSON renders an output for responseElements, as AuditJSON does
// an input. Whether an event has responseElements at all is its writer's
// decision: CloudTrail leaves them out of reading calls.
func AuditResponseJSON(op *shape.Operation, output any) (json.RawMessage, error) {
	v, err := structOf(output, op.NewOutput, op.Output)
	if err != nil {
		return nil, err
	}
	return auditStruct(op.Output, v), nil
}

func auditStruct(s *shape.Shape, v reflect.Value) json.RawMessage {
	if v.IsValid() {
		if out := appendJSONMembers(nil, s, v, true); len(out) > 2 {
			return out
		}
	}
	return json.RawMessage("null")
}
