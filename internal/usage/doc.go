// Package usage keeps last-used data: when an access key, a role or a password
// was last used, where and with which service. It is no part of an account's
// snapshot, which changes only when an administrator acts.
//
// Note is called on the path of every request and keeps the newest use per
// identity in memory; Flush writes what changed since the last one, in batches. A crash
// loses the notes since the last Flush (a few seconds, as configured by the
// caller); AWS itself is hours late with this data.
package usage
