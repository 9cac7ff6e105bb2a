// Package usage keeps last-used data: when an access key, a role or a password
// was last used, where and with which service, and when each principal last
// asked for an action. It is no part of an account's snapshot, which changes
// only when an administrator acts.
//
//	usage.go    Tracker: Note on the path of a request, the getters, Load
//	activity.go NoteAttempt: services and actions by principal; what grows old
//	flush.go    Flush: what changed, by area, in batches
//	codec.go    keys and values of an area
//
// Note keeps the newest use per identity in memory, to the second; Flush gives
// what changed since the last one to the store's Merge, where the newest value
// stays. A crash loses the notes since the last Flush: a few seconds, as the
// caller sets it. AWS itself is hours late with this data.
package usage
