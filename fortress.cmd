@echo off
rem Finds a Python that is new enough, and lets bootstrap.py make .venv and start fortress in it.
setlocal
set "CHECK=import sys; sys.exit(sys.version_info < (3, 11))"
py -3 -c "%CHECK%" >nul 2>nul && goto py
python -c "%CHECK%" >nul 2>nul && goto python
echo fortress needs Python 3.11 or newer, and there is none here. Install it (winget install Python.Python.3.13), then run fortress again. 1>&2
exit /b 1
:py
py -3 -I -S "%~dp0bootstrap.py" %*
exit /b %errorlevel%
:python
python -I -S "%~dp0bootstrap.py" %*
exit /b %errorlevel%
