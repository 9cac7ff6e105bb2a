package api

import "github.com/aratame/aratame/internal/awserr"

// Answers that belong to no single operation.
var (
	errTooLarge = &awserr.Error{Code: "RequestEntityTooLarge", Status: 413,
		Message: "The request body is longer than this service accepts."}
	errBody = &awserr.Error{Code: "IncompleteBody", Status: 400,
		Message: "The request body could not be read as its headers announce it."}
	errMethod = &awserr.Error{Code: "MethodNotAllowed", Status: 405,
		Message: "The specified method is not allowed against this resource. Use GET or POST."}
	errContentType = &awserr.Error{Code: "UnsupportedMediaType", Status: 415,
		Message: "A POST must carry its parameters as application/x-www-form-urlencoded."}
	errPath = &awserr.Error{Code: "UnknownOperationException", Status: 404,
		Message: "The requested path is not known. IAM and STS are served at \"/\"."}
	errMissingToken = awserr.New("MissingAuthenticationToken", "Request is missing Authentication Token")
	errNoUser       = awserr.New("ValidationError", "Must specify userName when calling with non-User credentials")
	// The two texts differ by a period, as AWS's do.
	errBadToken     = &awserr.Error{Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid"}
	errUnknownKey   = &awserr.Error{Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid."}
	errExpiredToken = &awserr.Error{Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"}
	errUnavailable  = &awserr.Error{Code: "ServiceUnavailable", Status: 503,
		Message: "The request has failed due to a temporary failure of the server."}
)
