// Package audit keeps one event for every call, allowed or denied, in
// CloudTrail's record format, in append-only files of JSON lines.
//
//	event.go    Event and its parts: the members of a CloudTrail record
//	encode.go   the JSON line of an event, with CloudTrail's size limits
//	log.go      Log: Append, AppendAsync, group fsync, back-pressure, Close
//	file.go     files DIR/ACCOUNT/YYYY/MM/DD/NNNNNN.jsonl, repair, rotation
//	memory.go   the same in memory, for servers that keep nothing and tests
//	outbox.go   Drain: events of writes, from the store's outbox into the files
//	scan.go     Scan: events back by time, newest first
//
// # What is durable when
//
//   - A write's event is committed with the change, in the store's outbox
//     ([Encode] gives its bytes), and drained from there: at least once, told
//     apart by event id, hence once in the files.
//   - A call that writes no record and must not go unseen (AssumeRole) uses
//     [Log.AppendWritten], which returns when the event is in the file: it
//     survives kill -9 at once, and a loss of power after FlushInterval.
//   - [Log.Append] returns when the event is on the disk; many callers share
//     one fsync.
//   - Reads and denials use [Log.AppendAsync]: on the disk within
//     FlushInterval and at Close; kill -9 may lose what came after the last
//     flush, a full queue makes callers wait and never loses.
//   - When the files can't be written (disk full, read-only) both fail with
//     [ErrUnavailable], and the caller must refuse the call. [Log.Err] says so to
//     the readiness check; the log goes on trying, and recovers by itself.
//
// No secret may reach an event: parameters are redacted before they get here.
package audit
