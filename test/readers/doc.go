// Package readers holds that other people's clients read every answer as it is
// meant: the AWS SDK for JavaScript, and the AWS CLI, which reads by botocore.
//
// The scripts of internal/scripttest run once and leave a recording: answers of
// all operations, byte by byte, and what they say. A server gives the bytes to
// each client, whose every member has to be there, with the same value and of
// the same kind, and nothing else. What a client is too old to know is named in
// lacks_test.go.
//
//	readers_test.go  the recording, the server, the clients
//	compare_test.go  two readings member by member
//	lacks_test.go    what clients don't know
//	read.mjs         the AWS SDK for JavaScript, in one process
//	read.py          the AWS CLI, in one process
package readers
