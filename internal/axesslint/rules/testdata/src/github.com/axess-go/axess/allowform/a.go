package allowform

var a = 1 //axess:allow L01 a reason

var b = 1 //axess:allow L01 // want `//axess:allow L01 needs a reason`

var c = 1 //axess:allow because // want `write //axess:allow L01 and the reason`

var d = 1 // an ordinary comment about axess:allow
