package session

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/seal"
)

// A TradeIn is what a trade-in token carries: which delegation request it is
// for. GetDelegatedAccessToken takes it from the account that made the request
// alone, and looks at the request itself for what it gives.
type TradeIn struct {
	Request   string    `json:"request"`
	Requestor string    `json:"-"`     // the account that made the request
	Owner     string    `json:"owner"` // the account that has accepted it
	Sent      time.Time `json:"sent"`
}

// maxTradeIn bounds a token, in bytes.
const maxTradeIn = 2048

func tradeInLabel(requestor string) seal.Label {
	return seal.Label{Account: requestor, Kind: "delegation-token", Name: "v1"}
}

// SealTradeIn makes a trade-in token. Each call makes another text for the same.
func SealTradeIn(s *seal.Sealer, t TradeIn) (string, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	sealed, err := s.Seal(tradeInLabel(t.Requestor), plain)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// OpenTradeIn reads a token that the given account presents. A token of another
// account doesn't open. Its only error is ErrInvalid.
func OpenTradeIn(s *seal.Sealer, requestor, token string) (TradeIn, error) {
	t := TradeIn{Requestor: requestor}
	if len(token) > maxTradeIn || strings.ContainsAny(token, "\r\n") {
		return TradeIn{}, ErrInvalid
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return TradeIn{}, ErrInvalid
	}
	plain, err := s.Open(tradeInLabel(requestor), sealed)
	if err != nil || json.Unmarshal(plain, &t) != nil || t.Request == "" || t.Owner == "" || t.Sent.IsZero() {
		return TradeIn{}, ErrInvalid
	}
	return t, nil
}
