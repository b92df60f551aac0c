def gradcheck(): ...


gradgradcheck = gradcheck
