// Package wire is the AWS Query protocol and its XML and JSON answers: it turns
// a request's parameters into the generated input structs of package shape,
// checking every constraint of the service model on the way, and renders the
// output structs and errors. It knows nothing of HTTP beyond content types and
// nothing of what an operation does.
//
// Map of the package:
//
//   - form.go: strict parsing of query strings and form bodies (ParseForm);
//   - route.go: Action and Version to an operation (Route);
//   - decode.go, decodevalue.go: parameters to an input struct (Decode);
//   - validate.go: constraint failures and their one message;
//   - xml.go, json.go, error.go: answers (AppendXML, AppendJSON, …);
//   - audit.go: what an audit event may show of an input or output;
//   - reverse.go, reversexml.go: the client's side, for tests (EncodeForm,
//     DecodeXML).
//
// Everything here is a pure function of its arguments. No error or audit text
// shows the value of a member that the contract marks sensitive.
package wire
