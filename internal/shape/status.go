package shape

// Status returns the HTTP status of a wire error code: that of the service
// models, or of the errors common to all services (AWS IAM API Reference,
// Common Errors, and observed answers). A code that is in neither is 400, so
// that clients do not retry what they cannot repair.
func Status(code string) int {
	if s := modelStatus(code); s != 0 {
		return s
	}
	switch code {
	case "AccessDenied", "AccessDeniedException", "ExpiredToken", "InvalidClientTokenId", "MissingAuthenticationToken",
		"OptInRequired", "RequestTimeTooSkewed", "SignatureDoesNotMatch", "UnrecognizedClientException":
		return 403
	case "MalformedQueryString":
		return 404
	case "MethodNotAllowed":
		return 405
	case "MissingContentLength":
		return 411
	case "RequestEntityTooLarge":
		return 413
	case "InternalFailure", "InternalError":
		return 500
	case "ServiceUnavailable":
		return 503
	}
	return 400
}
