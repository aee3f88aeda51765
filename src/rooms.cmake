# Rooms in order of their arrows: what a line names in DEPS stands above it.
kontor_room(ledger DEPS codec base)
kontor_room(metering DEPS codec base)
kontor_room(tradelog DEPS codec base LIBS OpenSSL::Crypto)
kontor_room(market DEPS ledger metering tradelog repository identity codec base)
list(APPEND KONTOR_SUBJECTS ledger metering tradelog market)
