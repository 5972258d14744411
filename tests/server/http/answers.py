"""What a refusal of the HTTP port says."""


def code(response):
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert error["message"]
    return response.status_code, error["code"]
