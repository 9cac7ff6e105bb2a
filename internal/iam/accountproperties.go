package iam

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) accountProperties() []api.Op {
	return []api.Op{
		api.Read(iamshape.OpGetAccountProperties, onAccountProperties, getAccountProperties),
		api.Write(iamshape.OpPutAccountProperties, onNewAccountProperties, s.putAccountProperties),
	}
}

// There is one property: whether the consoles of AWS may have roles made for
// them (IAM User Guide, "Create roles automatically with role manager"). The
// operations of templates work without it.
const (
	propertyNamespace = "RoleManager"
	roleManagerOn     = propertyNamespace + "/Enabled"
	roleManager       = "role-manager.iam" + serviceDomain

	keyPropertyNamespaces = "iam:accountpropertynamespaces"
)

// errNoProperties: a map that is there and empty is as good as none.
var errNoProperties = awserr.New("ValidationError", "1 validation error detected: Value at 'properties' failed to satisfy constraint: Member must not be null")

func onAccountProperties(*api.Call, *account.View, *iamshape.GetAccountPropertiesInput) (api.Target, error) {
	return withNamespaces([]string{propertyNamespace}), nil
}

func withNamespaces(namespaces []string) api.Target {
	return api.Target{Resource: "*", Keys: map[string][]string{keyPropertyNamespaces: namespaces}}
}

// Who turns the role manager on must be allowed to make its role, whether it is
// there or not (observed).
func onNewAccountProperties(_ *api.Call, v *account.View, in *iamshape.PutAccountPropertiesInput) (api.Target, error) {
	var namespaces []string
	for _, key := range slices.Sorted(maps.Keys(in.Properties)) {
		namespace, _, _ := strings.Cut(key, "/")
		namespaces = append(namespaces, namespace)
	}
	t := withNamespaces(slices.Compact(namespaces))
	if in.Properties[roleManagerOn] == "true" {
		linked := &iamshape.CreateServiceLinkedRoleInput{AWSServiceName: roleManager}
		t.Also = append(t.Also, api.Check{
			Action: "iam:CreateServiceLinkedRole", Resource: awsid.IAM(v.Account(), "role", linkedPath+roleManager+"/", linkedName(linked)),
			Keys: map[string][]string{keyAWSServiceName: {roleManager}},
		})
	}
	return t, nil
}

func getAccountProperties(_ *api.Call, v *account.View, _ *iamshape.GetAccountPropertiesInput) (*iamshape.GetAccountPropertiesOutput, error) {
	on := v.Settings().Properties[roleManagerOn] == "true"
	return &iamshape.GetAccountPropertiesOutput{Properties: map[string]string{roleManagerOn: strconv.FormatBool(on)}}, nil
}

// putAccountProperties makes the service-linked role when the role manager is
// turned on; it stays when it is turned off. Other properties of the namespace
// are passed over, as IAM does.
func (s *Service) putAccountProperties(c *api.Call, tx *account.Tx, in *iamshape.PutAccountPropertiesInput) (*iamshape.PutAccountPropertiesOutput, error) {
	value, err := roleManagerValue(in.Properties)
	if err != nil {
		return nil, err
	}
	linked := &iamshape.CreateServiceLinkedRoleInput{AWSServiceName: roleManager}
	if r := tx.View().Role(linkedName(linked)); value == "true" && (r == nil || !r.ServiceLinked()) {
		if _, err := s.createServiceLinkedRole(c, tx, linked); err != nil {
			return nil, err
		}
	}
	settings := tx.View().Settings().Clone()
	if settings.Properties == nil {
		settings.Properties = map[string]string{}
	}
	settings.Properties[roleManagerOn] = value
	tx.PutSettings(settings)
	return shape.Ptr(iamshape.PutAccountPropertiesOutput{}), nil
}

// roleManagerValue is the one value of a request that counts, or why the request
// is refused.
func roleManagerValue(properties map[string]string) (string, error) {
	if len(properties) == 0 {
		return "", errNoProperties
	}
	namespace := ""
	for i, key := range slices.Sorted(maps.Keys(properties)) {
		of, name, ok := strings.Cut(key, "/")
		switch {
		case !ok || of == "" || name == "":
			return "", awserr.Newf("InvalidInput", "Property key must be in format Namespace/PropertyName: %s", key)
		case i > 0 && of != namespace:
			return "", awserr.New("InvalidInput", "All properties must belong to the same namespace")
		}
		namespace = of
	}
	if namespace != propertyNamespace {
		return "", awserr.Newf("InvalidInput", "Unsupported namespace: %s", namespace)
	}
	switch value, ok := properties[roleManagerOn]; {
	case !ok:
		return "", awserr.New("InvalidInput", "RoleManager namespace requires Enabled property")
	case value != "true" && value != "false":
		return "", awserr.New("InvalidInput", "Enabled must be 'true' or 'false'")
	default:
		return value, nil
	}
}
