package usage

import "time"

// A Kind is the kind of identity whose use is noted.
type Kind uint8

const (
	AccessKey Kind = 1 // by access key id; time, service and region
	Role      Kind = 2 // by role id; time and region
	Password  Kind = 3 // by user id (or account id for root); time
)

// A Use is the last use of an identity.
type Use struct {
	Time    time.Time // whole seconds, UTC
	Service string    // signing name, such as "iam"; AccessKey only
	Region  string    // "us-east-1"; not for Password
}
